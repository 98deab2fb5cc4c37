//! Idempotency keys: the first answer to a request is the answer to its repeats, for a day.

use chrono::{DateTime, TimeDelta, Utc};
use domain::UserId;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::pool::Statement;
use crate::{StoreError, TenantTx, row};

/// How long a key is remembered.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

/// What names a request: the caller, the route and the key; and the hash of what it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKeyRow {
    pub user: UserId,
    /// Method and route pattern, e.g. `POST /v1/me/checkout`.
    pub route: String,
    pub key: String,
    pub request_hash: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotencyState {
    /// Not seen within a day: do the work.
    Fresh,
    /// Begun and not answered; the resource it makes, if that was noted.
    Unfinished { resource_id: Option<Uuid> },
    /// Answered: give the same answer. The body is what was stored, to the byte.
    Done { status: u16, body: String },
    /// The key was used for another request.
    Mismatch,
}

impl TenantTx {
    /// Waits for a request with the same key that has not committed yet.
    pub async fn begin_idempotent(
        &mut self,
        row: &IdempotencyKeyRow,
        now: DateTime<Utc>,
    ) -> Result<IdempotencyState, StoreError> {
        let forget = self
            .statement("delete from app.idempotency_keys where org_id = $1 and user_id = $2 and created_at <= $3")
            .bind(row.user.as_ref().to_owned())
            .bind(now - REMEMBERED);
        self.execute(forget).await?;
        let begin = self
            .key_statement(
                "insert into app.idempotency_keys (org_id, user_id, route, key, request_hash, created_at) \
                 values ($1, $2, $3, $4, $5, $6) on conflict (org_id, user_id, route, key) do nothing",
                row,
            )
            .bind(row.request_hash.clone())
            .bind(now);
        if self.execute(begin).await? == 1 {
            return Ok(IdempotencyState::Fresh);
        }
        let stored = self.key_statement(
            "select request_hash, resource_id, status, body from app.idempotency_keys \
             where org_id = $1 and user_id = $2 and route = $3 and key = $4",
            row,
        );
        state_from(&self.fetch_one(stored).await?, row)
    }

    /// Notes what the request makes, for a repeat that comes before it is answered.
    pub async fn set_idempotent_resource(
        &mut self,
        row: &IdempotencyKeyRow,
        resource_id: Uuid,
    ) -> Result<(), StoreError> {
        let set = self
            .key_statement(
                "update app.idempotency_keys set resource_id = $5 \
                 where org_id = $1 and user_id = $2 and route = $3 and key = $4",
                row,
            )
            .bind(resource_id);
        self.execute(set).await?;
        Ok(())
    }

    pub async fn finish_idempotent(
        &mut self,
        row: &IdempotencyKeyRow,
        status: u16,
        body: &str,
    ) -> Result<(), StoreError> {
        let finish = self
            .key_statement(
                "update app.idempotency_keys set status = $5, body = $6 \
                 where org_id = $1 and user_id = $2 and route = $3 and key = $4",
                row,
            )
            .bind(i32::from(status))
            .bind(body.to_owned());
        self.execute(finish).await?;
        Ok(())
    }

    fn key_statement(&self, sql: &'static str, row: &IdempotencyKeyRow) -> Statement {
        self.statement(sql)
            .bind(row.user.as_ref().to_owned())
            .bind(row.route.clone())
            .bind(row.key.clone())
    }
}

fn state_from(stored: &PgRow, row: &IdempotencyKeyRow) -> Result<IdempotencyState, StoreError> {
    if row::value::<Vec<u8>>(stored, "request_hash")? != row.request_hash {
        return Ok(IdempotencyState::Mismatch);
    }
    let Some(status) = row::value::<Option<i16>>(stored, "status")? else {
        return Ok(IdempotencyState::Unfinished {
            resource_id: row::value(stored, "resource_id")?,
        });
    };
    Ok(IdempotencyState::Done {
        status: u16::try_from(status).map_err(|_| StoreError::Unreadable { column: "status" })?,
        body: row::value(stored, "body")?,
    })
}
