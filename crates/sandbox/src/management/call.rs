//! What happens before every handler: the rate limit, then the bearer token, then its scopes.

use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, HttpMessage, ResponseError, Route, web};

use serde_json::json;

use super::refusal::Refusal;
use crate::limits::{Allowance, Bucket, Verdict};
use crate::state::State;
use crate::tenant::LogFacts;
use crate::tokens::{self, BearerRefusal, ManagementCaller};

/// The machine client behind the call, for handlers whose scopes depend on the body.
#[derive(Clone)]
pub(super) struct Caller {
    client: Rc<ManagementCaller>,
    state: web::Data<State>,
}

impl Caller {
    pub(super) fn needs(&self, any_of: &[&str]) -> Result<(), Refusal> {
        if self.may(any_of) {
            Ok(())
        } else {
            Err(Refusal::scope(any_of))
        }
    }

    /// The scope that lets it is noted as one that this client needs.
    pub(super) fn may(&self, any_of: &[&str]) -> bool {
        let scopes = &self.client.scopes;
        let scope = any_of
            .iter()
            .find(|wanted| scopes.iter().any(|has| has == *wanted));
        if let Some(scope) = scope {
            self.state.requests().used(&self.client.client_id, scope);
        }
        scope.is_some()
    }
}

/// Puts a route behind the limit of its family and the scopes of which a token must have one.
pub(super) fn guarded(bucket: Bucket, any_of: &'static [&'static str], route: Route) -> Route {
    route.wrap(from_fn(move |request, next| {
        guard(bucket, any_of, request, next)
    }))
}

async fn guard(
    bucket: Bucket,
    any_of: &'static [&'static str],
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let state = request
        .app_data::<web::Data<State>>()
        .expect("the server puts its state in every app")
        .clone();
    let (checked, allowance) = match state.limits().take(bucket, Instant::now()) {
        Verdict::Unlimited => (caller(&state, &request, any_of), None),
        Verdict::Within(allowance) => (caller(&state, &request, any_of), Some(allowance)),
        Verdict::Exceeded(allowance) => (Err(Refusal::too_many_requests()), Some(allowance)),
    };
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let mut response = match checked {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.call(request).await?
        }
        Err(refusal) => request.into_response(refusal.error_response()),
    };
    log(&state, &method, &path, response.status());
    if let Some(allowance) = allowance {
        tell(response.headers_mut(), allowance);
    }
    Ok(response)
}

/// `sapi` for every write, `api_limit` for what was one too many. The body may hold secrets and is left out.
fn log(state: &State, method: &Method, path: &str, status: StatusCode) {
    let (kind, description) = match status {
        StatusCode::TOO_MANY_REQUESTS => ("api_limit", "The rate limit of the tenant was reached"),
        status if status.is_success() && *method != Method::GET => ("sapi", "API Operation"),
        _ => return,
    };
    let facts = LogFacts {
        kind,
        description,
        details: json!({
            "request": { "method": method.as_str().to_lowercase(), "path": path },
            "response": { "statusCode": status.as_u16() },
        }),
        ..LogFacts::default()
    };
    let now = state.clock().now();
    state.write(|tenant| tenant.log_facts(facts, now));
}

fn caller(
    state: &web::Data<State>,
    request: &ServiceRequest,
    any_of: &[&str],
) -> Result<Caller, Refusal> {
    let caller = Caller {
        client: Rc::new(tokens::management_token(state, request.request())?),
        state: state.clone(),
    };
    caller.needs(any_of)?;
    tracing::debug!(
        client_id = caller.client.client_id,
        path = request.path(),
        "call of the Management API"
    );
    Ok(caller)
}

impl From<BearerRefusal> for Refusal {
    fn from(refusal: BearerRefusal) -> Self {
        match refusal {
            BearerRefusal::Missing => Self::unauthorized("Missing authentication"),
            BearerRefusal::Malformed => Self::bearer_format(),
            BearerRefusal::BadSignature => {
                Self::unauthorized("Invalid signature received for JSON Web Token validation")
            }
            BearerRefusal::Expired => {
                Self::unauthorized("Expired token received for JSON Web Token validation")
            }
            BearerRefusal::WrongAudience => Self::unauthorized("Invalid token"),
        }
    }
}

fn tell(headers: &mut HeaderMap, allowance: Allowance) {
    // Buckets refill in real time, so the reset is a point of the machine's clock, not of the sandbox's.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let reset = (now + allowance.until_next).as_millis().div_ceil(1_000);
    let reset = u64::try_from(reset).unwrap_or(u64::MAX);
    headers.insert(
        HeaderName::from_static("x-ratelimit-limit"),
        HeaderValue::from(allowance.limit),
    );
    headers.insert(
        HeaderName::from_static("x-ratelimit-remaining"),
        HeaderValue::from(allowance.remaining),
    );
    headers.insert(
        HeaderName::from_static("x-ratelimit-reset"),
        HeaderValue::from(reset),
    );
}
