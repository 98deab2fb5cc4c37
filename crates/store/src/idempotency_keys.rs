//! Idempotency keys: the first answer to a request is the answer to its repeats, for a day.

use chrono::{DateTime, Utc};
use domain::UserId;
use uuid::Uuid;

use crate::{StoreError, TenantTx};

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
        _row: &IdempotencyKeyRow,
        _now: DateTime<Utc>,
    ) -> Result<IdempotencyState, StoreError> {
        todo!()
    }

    pub async fn set_idempotent_resource(
        &mut self,
        _row: &IdempotencyKeyRow,
        _resource_id: Uuid,
    ) -> Result<(), StoreError> {
        todo!()
    }

    pub async fn finish_idempotent(
        &mut self,
        _row: &IdempotencyKeyRow,
        _status: u16,
        _body: &str,
    ) -> Result<(), StoreError> {
        todo!()
    }
}
