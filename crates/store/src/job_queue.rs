//! The job queue: enqueued in the transaction of the change that wants it, claimed under a lease, finished under a fence.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{JobId, TenantId};
use serde_json::Value;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::pool::Statement;
use crate::{Store, StoreError, TenantTx, row};

/// How many jobs of one tenant run at once, so that one cannot take every worker.
pub const RUNNING_PER_TENANT: u32 = 4;

/// How long a job that is done is kept.
const KEPT: TimeDelta = TimeDelta::days(7);

/// A claimed job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    /// None for a job of the system, e.g. a webhook that belongs to nobody yet.
    pub org: Option<TenantId>,
    pub kind: String,
    pub payload: Value,
    /// How often it was claimed, this time included.
    pub attempts: u32,
    /// Raised at each claim; who holds a smaller one has lost the job.
    pub fence: i64,
}

impl TenantTx {
    /// Queues a job for this tenant. While one of the same tenant, kind and key is not done, there is no second: a
    /// waiting one is brought forward, a running one runs once more after it, a parked one is tried again.
    pub async fn enqueue(
        &mut self,
        kind: &str,
        dedup_key: &str,
        payload: &Value,
        run_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let enqueue = self.look_up("select ops.enqueue($1, $2, $3, $4)");
        self.execute(with_job(enqueue, kind, dedup_key, payload, run_at))
            .await?;
        Ok(())
    }

    /// Whether such a job of this tenant has still to run (a parked one included), or was done less than `settling`
    /// ago. Role Worker.
    pub async fn job_is_unsettled(
        &mut self,
        kind: &str,
        dedup_key: &str,
        settling: Duration,
    ) -> Result<bool, StoreError> {
        let ask = self
            .look_up("select ops.job_is_unsettled($1, $2, make_interval(secs => $3)) as unsettled")
            .bind(kind.to_owned())
            .bind(dedup_key.to_owned())
            .bind(settling.as_secs_f64());
        row::value(&self.fetch_one(ask).await?, "unsettled")
    }
}

/// Role Worker.
impl Store {
    /// Queues a job of no tenant, by the rules of [`TenantTx::enqueue`].
    pub async fn enqueue_system(
        &self,
        kind: &str,
        dedup_key: &str,
        payload: &Value,
        run_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let enqueue = self.statement("select ops.enqueue_system($1, $2, $3, $4)");
        self.fetch_one(with_job(enqueue, kind, dedup_key, payload, run_at))
            .await?;
        Ok(())
    }

    /// Takes up to `n` jobs that are due at `now` and not under a lease, the longest due first, at most
    /// [`RUNNING_PER_TENANT`] of one tenant at a time.
    pub async fn claim_jobs(
        &self,
        kinds: &[&str],
        n: u32,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> Result<Vec<Job>, StoreError> {
        let claim = self
            .statement(
                "select id, org_id, kind, payload, attempts, fence \
                 from ops.claim_jobs($1, $2, make_interval(secs => $3), $4, $5)",
            )
            .bind(
                kinds
                    .iter()
                    .map(|kind| (*kind).to_owned())
                    .collect::<Vec<_>>(),
            )
            .bind(i32::try_from(n).unwrap_or(i32::MAX))
            .bind(lease.as_secs_f64())
            .bind(now)
            .bind(i32::try_from(RUNNING_PER_TENANT).unwrap_or(i32::MAX));
        self.fetch_all(claim).await?.iter().map(job_from).collect()
    }

    /// False when the job was lost to another claim.
    pub async fn complete_job(&self, job: &Job) -> Result<bool, StoreError> {
        self.settle(self.fenced("select ops.complete_job($1, $2) as held", job))
            .await
    }

    /// Puts it back, to run at `at`. False when the job was lost to another claim.
    pub async fn retry_job(
        &self,
        job: &Job,
        at: DateTime<Utc>,
        error: &str,
    ) -> Result<bool, StoreError> {
        let retry = self.fenced("select ops.retry_job($1, $2, $3, $4) as held", job);
        self.settle(retry.bind(at).bind(error.to_owned())).await
    }

    /// Sets it aside for a person to look at, until it is enqueued again. False when the job was lost to another claim.
    pub async fn park_job(&self, job: &Job, reason: &str) -> Result<bool, StoreError> {
        self.settle(
            self.fenced("select ops.park_job($1, $2, $3) as held", job)
                .bind(reason.to_owned()),
        )
        .await
    }

    /// Renews the lease, from now by the database's clock. False when the job was lost to another claim.
    pub async fn extend_job(&self, job: &Job, lease: Duration) -> Result<bool, StoreError> {
        let extend = self.fenced(
            "select ops.extend_job($1, $2, make_interval(secs => $3)) as held",
            job,
        );
        self.settle(extend.bind(lease.as_secs_f64())).await
    }

    /// Lets every parked job of this kind run again at `at`; answers how many.
    pub async fn unpark_jobs(&self, kind: &str, at: DateTime<Utc>) -> Result<u64, StoreError> {
        let unpark = self
            .statement("select ops.unpark_jobs($1, $2) as jobs")
            .bind(kind.to_owned())
            .bind(at);
        Ok(row::value::<i64>(&self.fetch_one(unpark).await?, "jobs")?.unsigned_abs())
    }

    /// Forgets jobs that were done more than seven days before `now`; answers how many.
    pub async fn purge_done_jobs(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let purge = self
            .statement("select ops.purge_done_jobs($1) as jobs")
            .bind(now - KEPT);
        Ok(row::value::<i64>(&self.fetch_one(purge).await?, "jobs")?.unsigned_abs())
    }

    fn fenced(&self, sql: &'static str, job: &Job) -> Statement {
        self.statement(sql).bind(job.id.as_uuid()).bind(job.fence)
    }

    async fn settle(&self, statement: Statement) -> Result<bool, StoreError> {
        row::value(&self.fetch_one(statement).await?, "held")
    }
}

fn with_job(
    statement: Statement,
    kind: &str,
    dedup_key: &str,
    payload: &Value,
    run_at: DateTime<Utc>,
) -> Statement {
    statement
        .bind(kind.to_owned())
        .bind(dedup_key.to_owned())
        .bind(payload.clone())
        .bind(run_at)
}

fn job_from(found: &PgRow) -> Result<Job, StoreError> {
    Ok(Job {
        id: row::value::<Uuid>(found, "id")?.into(),
        org: row::parsed_if_any(found, "org_id")?,
        kind: row::value(found, "kind")?,
        payload: row::value(found, "payload")?,
        attempts: row::count(found, "attempts")?,
        fence: row::value(found, "fence")?,
    })
}
