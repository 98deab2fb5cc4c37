//! The job queue: enqueued in the transaction of the change that wants it, claimed under a lease, finished under a fence.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{JobId, TenantId};
use serde_json::Value;

use crate::{Store, StoreError, TenantTx};

/// How many jobs of one tenant run at once, so that one cannot take every worker.
pub const RUNNING_PER_TENANT: u32 = 4;

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
    /// Queues a job for this tenant. While one of the same kind and key is not done, there is no second: a waiting one
    /// is brought forward, a running one runs once more after it.
    pub async fn enqueue(
        &mut self,
        _kind: &str,
        _dedup_key: &str,
        _payload: &Value,
        _run_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        todo!()
    }
}

/// Role Worker.
impl Store {
    pub async fn enqueue_system(
        &self,
        _kind: &str,
        _dedup_key: &str,
        _payload: &Value,
        _run_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        todo!()
    }

    /// Takes up to `n` jobs that are due at `now` and not under a lease, the longest due first.
    pub async fn claim_jobs(
        &self,
        _kinds: &[&str],
        _n: u32,
        _lease: Duration,
        _now: DateTime<Utc>,
    ) -> Result<Vec<Job>, StoreError> {
        todo!()
    }

    /// False when the job was lost to another claim.
    pub async fn complete_job(&self, _job: &Job) -> Result<bool, StoreError> {
        todo!()
    }

    /// Puts it back, to run at `at`. False when the job was lost to another claim.
    pub async fn retry_job(
        &self,
        _job: &Job,
        _at: DateTime<Utc>,
        _error: &str,
    ) -> Result<bool, StoreError> {
        todo!()
    }

    /// Sets it aside for a person to look at. False when the job was lost to another claim.
    pub async fn park_job(&self, _job: &Job, _reason: &str) -> Result<bool, StoreError> {
        todo!()
    }

    /// Lets every parked job of this kind run again at `at`; answers how many.
    pub async fn unpark_jobs(&self, _kind: &str, _at: DateTime<Utc>) -> Result<u64, StoreError> {
        todo!()
    }

    /// Renews the lease, from now by the database's clock. False when the job was lost to another claim.
    pub async fn extend_job(&self, _job: &Job, _lease: Duration) -> Result<bool, StoreError> {
        todo!()
    }

    /// Forgets jobs that were done more than seven days before `now`; answers how many.
    pub async fn purge_done_jobs(&self, _now: DateTime<Utc>) -> Result<u64, StoreError> {
        todo!()
    }
}
