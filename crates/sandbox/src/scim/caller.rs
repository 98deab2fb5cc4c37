//! Who calls: a SCIM token of the connection in the path. Every request is counted first, and every change is logged.

use std::future::{Ready, ready};
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpRequest, web};
use serde_json::json;

use super::refusal::Refusal;
use crate::state::State;
use crate::tenant::{Connection, LogFacts};

pub(super) struct Caller {
    pub(super) connection: Connection,
    /// All of them if none are named.
    scopes: Option<Vec<String>>,
}

impl Caller {
    pub(super) fn needs(&self, scope: &str) -> Result<(), Refusal> {
        let named = self.scopes.as_ref();
        match named.is_none_or(|scopes| scopes.iter().any(|held| held == scope)) {
            true => Ok(()),
            false => Err(Refusal::scope(scope)),
        }
    }

    fn of(request: &HttpRequest) -> Result<Self, Refusal> {
        let state = request
            .app_data::<web::Data<State>>()
            .expect("the server puts its state in every app");
        let id = request.match_info().query("connection").to_owned();
        if !state.limits().take_scim(&id, Instant::now()) {
            return Err(Refusal::too_many_requests());
        }
        let secret = bearer(request).ok_or_else(Refusal::unauthorized)?;
        let now = state.clock().now();
        let found = state.write(|tenant| {
            let configuration = tenant.scim.configurations.get_mut(&id)?;
            let token = configuration
                .tokens
                .iter_mut()
                .find(|token| token.is(secret) && token.is_live(now))?;
            token.last_used_at = Some(now);
            Some(Self {
                scopes: token.scopes.clone(),
                connection: tenant.connections.get(&id)?.clone(),
            })
        });
        found.ok_or_else(Refusal::unauthorized)
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, token) = value.split_once(' ')?;
    Some(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"))
}

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

/// Middleware: `sscim` or `fscim` for every change that was asked for. The body holds people's data and is left out.
pub(super) async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let method = request.method().clone();
    let path = request.path().to_owned();
    let id = request.match_info().query("connection").to_owned();
    let state = request
        .app_data::<web::Data<State>>()
        .expect("the server puts its state in every app")
        .clone();
    let response = next.call(request).await?;
    if method == Method::GET {
        return Ok(response);
    }
    let status = response.status();
    let user = response.request().match_info().get("id").map(str::to_owned);
    let now = state.clock().now();
    state.write(|tenant| {
        let connection = tenant.connections.get(&id).map(|found| found.name.clone());
        let facts = LogFacts {
            kind: if status.is_success() {
                "sscim"
            } else {
                "fscim"
            },
            description: "SCIM operation",
            connection: connection.as_deref().unwrap_or_default(),
            user_id: user.as_deref().unwrap_or_default(),
            details: json!({
                "request": { "method": method.as_str().to_lowercase(), "path": path },
                "response": { "statusCode": status.as_u16() },
            }),
            ..LogFacts::default()
        };
        tenant.log_facts(facts, now);
    });
    Ok(response)
}
