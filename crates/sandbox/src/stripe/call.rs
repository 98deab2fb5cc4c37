//! One API call: who asks, with which parameters; and the answer's headers, replays and expansions.

use actix_web::dev::Payload;
use actix_web::http::header::ContentType;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures::future::LocalBoxFuture;
use serde_json::Value;

use super::account::{Account, Cause};
use super::error::StripeError;
use super::events::API_VERSION;
use super::expand::expand;
use super::form::Params;
use super::idempotency::Kept;
use super::ledger;
use super::object_id;
use crate::state::State;

/// What an operation is asked to do.
pub(crate) struct Ask {
    pub(crate) params: Params,
    pub(crate) cause: Cause,
    /// Where the sandbox was reached, with a trailing slash.
    pub(crate) base_url: String,
}

/// An authenticated call.
pub(crate) struct Call {
    state: State,
    method: Method,
    path: String,
    api_version: String,
    request_id: String,
    idempotency_key: Option<String>,
    params: Params,
    base_url: String,
}

impl FromRequest for Call {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = Bytes::from_request(&request, payload);
        Box::pin(async move { Ok(Self::read(&request, &body.await?)?) })
    }
}

impl Call {
    fn read(request: &HttpRequest, body: &[u8]) -> Result<Self, StripeError> {
        let state = request
            .app_data::<web::Data<State>>()
            .expect("the server provides the state")
            .get_ref()
            .clone();
        authenticate(request, &state)?;
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let idempotency_key =
            header("Idempotency-Key").filter(|_| request.method() == Method::POST);
        if idempotency_key
            .as_ref()
            .is_some_and(|key| key.is_empty() || key.len() > 255)
        {
            return Err(StripeError::invalid(
                "Idempotency keys have 1 to 255 characters.",
                None,
            ));
        }
        let encoded = if body.is_empty() {
            request.query_string().as_bytes()
        } else {
            body
        };
        Ok(Self {
            method: request.method().clone(),
            path: request.path().to_owned(),
            api_version: header("Stripe-Version").unwrap_or_else(|| API_VERSION.to_owned()),
            request_id: object_id::random("req_", 14),
            idempotency_key,
            params: Params::parse(encoded)?,
            base_url: state.hosts().of(request),
            state,
        })
    }

    /// Answers without changing anything.
    pub(crate) fn look(
        self,
        operation: impl FnOnce(&Account, &Ask) -> Result<Value, StripeError>,
    ) -> Result<HttpResponse, StripeError> {
        ledger::read(&self.state, |account, now| {
            let mut body = operation(account, &self.ask(now))?;
            self.expand(account, &mut body)?;
            Ok(self.respond(200, &body, None))
        })
    }

    /// Runs the operation, or answers again what the idempotency key has already had.
    pub(crate) fn change(
        self,
        operation: impl FnOnce(&mut Account, &Ask) -> Result<Value, StripeError>,
    ) -> Result<HttpResponse, StripeError> {
        ledger::change(&self.state, |account, now| {
            let request = format!("{} {} {}", self.method, self.path, self.params.canonical());
            if let Some(key) = &self.idempotency_key
                && let Some(first) = account.answered(key, &request, now)?
            {
                return Ok(self.respond(first.status, &first.body, Some(&first.request_id)));
            }
            let (status, body) = match operation(account, &self.ask(now)) {
                Ok(mut body) => {
                    self.expand(account, &mut body)?;
                    (200, body)
                }
                Err(refusal) if refusal.is_kept() => (refusal.status.as_u16(), refusal.body()),
                Err(refusal) => return Err(refusal),
            };
            if let Some(key) = &self.idempotency_key {
                let kept = Kept {
                    request_id: &self.request_id,
                    status,
                    body: &body,
                };
                account.keep_answer(key, request, &kept, now);
            }
            Ok(self.respond(status, &body, None))
        })
    }

    fn ask(&self, now: i64) -> Ask {
        let cause = Cause {
            now,
            request_id: Some(self.request_id.clone()),
            idempotency_key: self.idempotency_key.clone(),
        };
        Ask {
            params: self.params.clone(),
            cause,
            base_url: self.base_url.clone(),
        }
    }

    fn expand(&self, account: &Account, body: &mut Value) -> Result<(), StripeError> {
        let paths = self.params.texts("expand")?;
        paths
            .into_iter()
            .try_for_each(|path| expand(account, body, path))
    }

    fn respond(&self, status: u16, body: &Value, replay_of: Option<&str>) -> HttpResponse {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        response.content_type(ContentType::json());
        response.insert_header(("Request-Id", self.request_id.as_str()));
        response.insert_header(("Stripe-Version", self.api_version.as_str()));
        if let Some(key) = &self.idempotency_key {
            response.insert_header(("Idempotency-Key", key.as_str()));
        }
        if let Some(original) = replay_of {
            response.insert_header(("Idempotent-Replayed", "true"));
            response.insert_header(("Original-Request", original));
        }
        response.body(serde_json::to_string_pretty(body).expect("JSON values serialize"))
    }
}

fn authenticate(request: &HttpRequest, state: &State) -> Result<(), StripeError> {
    let header = request
        .headers()
        .get("Authorization")
        .and_then(|value| value.to_str().ok());
    let key = header
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(StripeError::no_api_key)?;
    let known = ledger::read(state, |account, _| {
        account
            .settings
            .secret_keys
            .iter()
            .any(|known| known == key)
    });
    if known {
        Ok(())
    } else {
        Err(StripeError::wrong_api_key())
    }
}
