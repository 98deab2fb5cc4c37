//! `Idempotency-Key`: the same request sent again has one effect and gets the same answer.
//!
//! The key is claimed in the transaction of the effect, so a request that breaks off leaves nothing behind.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use domain::UserId;
use futures::future::{Ready, ready};
use serde::Serialize;
use store::{IdempotencyKeyRow, IdempotencyState, TenantTx};
use uuid::Uuid;

use crate::problem::{Code, Problem};

pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Set on an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const MAX_LENGTH: usize = 255;

/// The optional `Idempotency-Key` header, not judged before [`Idempotency::begin`].
pub struct Idempotency(Result<Option<String>, Problem>);

/// What the same key has led to so far.
pub enum Begun {
    /// Do the work, then call [`Attempt::finish`] and commit.
    Fresh(Attempt),
    /// An earlier try noted this resource before it stopped; continue with it.
    Unfinished(Attempt, Uuid),
    /// It was done before; give this answer and drop the transaction.
    Done(HttpResponse),
}

/// The right to answer a request once. Without a key it only builds the answer.
pub struct Attempt(Option<IdempotencyKeyRow>);

impl Idempotency {
    /// For a handler that looks at more before it begins.
    ///
    /// # Errors
    /// 400 for a malformed key.
    pub fn require_well_formed(&self) -> Result<(), Problem> {
        self.0.clone().map(drop)
    }

    /// `route` is a constant of the handler; `body` the bytes as they came.
    ///
    /// # Errors
    /// 400 for a malformed key, 422 when the key came with another body.
    pub async fn begin(
        &self,
        tx: &mut TenantTx,
        user: &UserId,
        route: &'static str,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Begun, Problem> {
        let Some(key) = self.0.clone()? else {
            return Ok(Begun::Fresh(Attempt(None)));
        };
        let request_hash = digest::digest(&digest::SHA256, body).as_ref().to_vec();
        let row = IdempotencyKeyRow {
            user: user.clone(),
            route: route.to_owned(),
            key,
            request_hash,
        };
        match tx.begin_idempotent(&row, now).await? {
            IdempotencyState::Fresh => Ok(Begun::Fresh(Attempt(Some(row)))),
            IdempotencyState::Unfinished {
                resource_id: Some(id),
            } => Ok(Begun::Unfinished(Attempt(Some(row)), id)),
            IdempotencyState::Unfinished { resource_id: None } => {
                Ok(Begun::Fresh(Attempt(Some(row))))
            }
            IdempotencyState::Done { status, body } => Ok(Begun::Done(replay(status, body)?)),
            IdempotencyState::Mismatch => Err(Problem::new(Code::IdempotencyKeyReused)),
        }
    }
}

impl Attempt {
    /// Notes what the request is about to make, for a repeat that finds this try unfinished.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note(&self, tx: &mut TenantTx, resource: Uuid) -> Result<(), Problem> {
        if let Some(row) = &self.0 {
            tx.set_idempotent_resource(row, resource).await?;
        }
        Ok(())
    }

    /// Keeps the answer with the effect and builds it. Commit afterwards.
    ///
    /// # Errors
    /// The database failed.
    pub async fn finish<T: Serialize>(
        self,
        tx: &mut TenantTx,
        status: StatusCode,
        body: &T,
    ) -> Result<HttpResponse, Problem> {
        let body = serde_json::to_string(body).map_err(|error| Problem::internal(&error))?;
        if let Some(row) = &self.0 {
            tx.finish_idempotent(row, status.as_u16(), &body).await?;
        }
        Ok(HttpResponse::build(status)
            .content_type("application/json")
            .body(body))
    }
}

fn replay(status: u16, body: String) -> Result<HttpResponse, Problem> {
    let status = StatusCode::from_u16(status).map_err(|error| Problem::internal(&error))?;
    let mut response = HttpResponse::build(status)
        .content_type("application/json")
        .body(body);
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

impl FromRequest for Idempotency {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(key(request.headers()))))
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(HEADER);
    let Some(first) = values.next() else {
        return Ok(None);
    };
    let text = first
        .to_str()
        .ok()
        .filter(|text| (1..=MAX_LENGTH).contains(&text.len()));
    match text.filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic())) {
        Some(text) if values.next().is_none() => Ok(Some(text.to_owned())),
        Some(_) | None => Err(
            Problem::new(Code::InvalidIdempotencyKey).detail(format_args!(
                "One header with 1 to {MAX_LENGTH} visible ASCII characters."
            )),
        ),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn key_of(values: &[&str]) -> Result<Option<String>, Code> {
        let request = values
            .iter()
            .fold(TestRequest::default(), |request, value| {
                request.append_header((HEADER, *value))
            });
        key(request.to_http_request().headers()).map_err(|problem| problem.code())
    }

    #[test]
    fn the_key_is_optional() {
        assert_eq!(key_of(&[]), Ok(None));
        assert_eq!(key_of(&["0199-abc"]), Ok(Some("0199-abc".into())));
    }

    #[test]
    fn a_malformed_or_repeated_key_is_refused() {
        for values in [
            &[""][..],
            &["with space"],
            &["a", "a"],
            &["é"],
            &["a".repeat(256).as_str()],
        ] {
            assert_eq!(
                key_of(values),
                Err(Code::InvalidIdempotencyKey),
                "{values:?}"
            );
        }
        assert!(key_of(&["a".repeat(255).as_str()]).is_ok());
    }
}
