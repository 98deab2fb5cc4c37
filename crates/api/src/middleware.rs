//! What surrounds every request: its id, its span, its time limit, the headers of every answer and the body of every
//! problem. Nothing leaves the server with a body that the framework made up.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_cors::Cors;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, CACHE_CONTROL,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use futures::FutureExt;
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

use crate::auth::SsoWarning;
use crate::idempotency;
use crate::leaving::Leaving;
use crate::metrics;
use crate::problem::{self, Code, Problem};
use crate::routes::DOCS_CONTENT_SECURITY_POLICY;

/// On every answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long an answer may take from the arrival of the request's head; its transaction is rolled back then.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What a page on another origin may read, besides the body.
const EXPOSED: &str =
    "etag, idempotency-replayed, location, retry-after, tenantry-warning, x-request-id";

/// On answers to whoever does not come through the identity provider of an organization that will insist on it.
const SSO_WARNING: HeaderName = HeaderName::from_static("tenantry-warning");

const NO_CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// The id of a request, made here and never taken from the caller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(Uuid);

impl FromRequest for RequestId {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.extensions().get().copied();
        ready(Ok(id.expect("every request goes through the frame")))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

/// Whether callers reach us by https, so that browsers are told to insist on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encrypted(pub(crate) bool);

/// Exact origins only, no credentials: we know no cookies.
pub(crate) fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE, IF_MATCH, idempotency::HEADER])
        .max_age(600);
    origins
        .iter()
        .fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// The outermost layer.
pub(crate) async fn frame<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let frame = Frame::of(&request);
    let under_way = request.app_data().map(Leaving::enter);
    request.extensions_mut().insert(frame.id);
    // The path and the query may carry what must not be logged; the route is known after the routing.
    let span = tracing::info_span!(
        "request", id = %frame.id, method = %request.method(), route = Empty, status = Empty, org_id = Empty
    );
    async {
        match answer(request, next).await {
            Ok(response) => {
                let route = response.request().match_pattern();
                frame.log(route.as_deref().unwrap_or("unmatched"), response.status());
                let response = frame.complete(response);
                Ok(match under_way {
                    Some(under_way) => under_way.until_sent(response),
                    None => response,
                })
            }
            Err(error) => {
                let problem = problem_of(&error.error_response());
                frame.log("unanswered", problem.status_code());
                Err(Framed { frame, problem }.into())
            }
        }
    }
    .instrument(span)
    .await
}

/// Within the time limit, and whatever happens: a handler that panics is a bug that is answered like any other.
async fn answer<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let answered = AssertUnwindSafe(async { next.call(request).await }).catch_unwind();
    match tokio::time::timeout(TIME_LIMIT, answered).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(_panic)) => {
            tracing::error!("a handler panicked");
            Err(Problem::new(Code::Internal).into())
        }
        Err(_elapsed) => Err(Problem::new(Code::TimedOut).into()),
    }
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    id: RequestId,
    encrypted: bool,
    last: bool,
    policy: &'static str,
    method: &'static str,
    started: Instant,
}

impl Frame {
    fn of(request: &ServiceRequest) -> Self {
        let is_docs = request.path().starts_with("/docs");
        Self {
            id: RequestId(Uuid::now_v7()),
            encrypted: request
                .app_data()
                .is_some_and(|Encrypted(encrypted)| *encrypted),
            last: request
                .app_data()
                .is_some_and(|leaving: &Leaving| leaving.has_begun()),
            policy: if is_docs {
                DOCS_CONTENT_SECURITY_POLICY
            } else {
                NO_CONTENT_POLICY
            },
            method: metrics::method_name(request.method()),
            started: Instant::now(),
        }
    }

    fn log(&self, route: &str, status: StatusCode) {
        let span = tracing::Span::current();
        span.record("route", route);
        span.record("status", status.as_u16());
        let took = self.started.elapsed();
        metrics::answered(self.method, route, status, took);
        let latency_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(latency_ms, "answered");
    }

    fn complete<B: MessageBody + 'static>(
        &self,
        response: ServiceResponse<B>,
    ) -> ServiceResponse<BoxBody> {
        let (request, response) = response.into_parts();
        let mut response = if is_unexplained(&response) {
            let problem = problem_of(&response);
            self.explain(response.map_into_boxed_body(), &problem)
        } else {
            response.map_into_boxed_body()
        };
        self.finish(&mut response);
        if request.extensions().contains::<SsoWarning>() {
            let headers = response.headers_mut();
            headers.insert(SSO_WARNING, HeaderValue::from_static("sso_required"));
        }
        ServiceResponse::new(request, response)
    }

    fn explain(&self, response: HttpResponse, problem: &Problem) -> HttpResponse {
        let body = problem.body(self.id.to_string());
        let body = serde_json::to_vec(&body).expect("a problem is plain data with string keys");
        let mut response = response.set_body(BoxBody::new(body));
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static(problem::CONTENT_TYPE),
        );
        response
    }

    fn finish(&self, response: &mut HttpResponse) {
        self.add_headers(response.headers_mut());
        // No proxy may keep a connection to a process that is about to stop, and send on it when it is gone.
        if self.last {
            response
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        let id = HeaderValue::try_from(self.id.to_string()).expect("a UUID is visible ASCII");
        headers.insert(REQUEST_ID, id);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // The console's names the issuer, which only its handler knows.
        if !headers.contains_key(CONTENT_SECURITY_POLICY) {
            headers.insert(
                CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(self.policy),
            );
        }
        headers.append(VARY, HeaderValue::from_static("Authorization"));
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        }
        // actix-cors would list them in another order in each worker; answers are to be the same to the byte.
        if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            headers.insert(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static(EXPOSED),
            );
        }
        if self.encrypted {
            headers.insert(
                STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
    }
}

fn is_unexplained<B>(response: &HttpResponse<B>) -> bool {
    response.status().is_client_error() || response.status().is_server_error()
}

/// Ours, or one that says no more than the status that the framework chose.
fn problem_of<B>(response: &HttpResponse<B>) -> Problem {
    let ours = response.extensions().get::<Problem>().cloned();
    ours.unwrap_or_else(|| Problem::new(Code::for_status(response.status())))
}

/// An error that no layer below has turned into a response, such as a time limit.
#[derive(Debug)]
struct Framed {
    frame: Frame,
    problem: Problem,
}

impl fmt::Display for Framed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(formatter)
    }
}

impl ResponseError for Framed {
    fn status_code(&self) -> StatusCode {
        self.problem.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = self
            .frame
            .explain(self.problem.error_response(), &self.problem);
        self.frame.finish(&mut response);
        response
    }
}

#[cfg(test)]
mod tests;
