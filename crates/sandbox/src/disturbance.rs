//! Middleware around everything but `/sandbox`: logs the request and lets planned faults strike.

use std::io;
use std::time::Duration;

use actix_web::body::{BodyStream, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use serde_json::{Value, json};

use crate::faults::{Fault, Kind};
use crate::request_log::Entry;
use crate::state::State;

/// Longer than any client should wait.
const HANG: Duration = Duration::from_secs(60);

pub(crate) async fn disturb(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let state = request
        .app_data::<web::Data<State>>()
        .expect("the app always carries its state")
        .clone();
    let path = request.path().to_owned();
    if path == "/sandbox" || path.starts_with("/sandbox/") {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let at = state.clock().now();
    let method = request.method().to_string();
    let route = request.match_pattern().unwrap_or_else(|| path.clone());
    let fault = state.faults().strike(&method, &path);
    let response = match &fault {
        Some(fault) => strike(&state, fault, request, next).await?,
        None => next.call(request).await?.map_into_boxed_body(),
    };
    let status = response.status().as_u16();
    state.requests().record(
        &route,
        Entry {
            at,
            method,
            path,
            status,
        },
    );
    Ok(response)
}

async fn strike(
    state: &State,
    fault: &Fault,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answer = |request: &ServiceRequest| failure(state, fault, request.path());
    match fault.kind {
        Kind::Status => {
            let answer = answer(&request);
            Ok(request.into_response(answer))
        }
        Kind::ErrorAfter => {
            let answer = answer(&request);
            let done = next.call(request).await?;
            Ok(done.into_response(answer))
        }
        Kind::Hang => {
            tokio::time::sleep(HANG).await;
            Ok(request.into_response(HttpResponse::GatewayTimeout().finish()))
        }
        Kind::Slow => {
            tokio::time::sleep(fault.delay()).await;
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Kind::Drop => Ok(request.into_response(broken())),
        Kind::Close => Ok(next.call(request).await?.into_response(broken())),
        // These strike deliveries, never requests.
        Kind::DropEvent | Kind::DuplicateEvent | Kind::ReorderEvent => {
            Ok(next.call(request).await?.map_into_boxed_body())
        }
    }
}

/// A body that fails before its first byte: the server closes the connection without having sent anything.
fn broken() -> HttpResponse {
    let failed =
        futures::stream::once(async { Err::<web::Bytes, _>(io::Error::other("a planned fault")) });
    HttpResponse::Ok().body(BodyStream::new(failed))
}

fn failure(state: &State, fault: &Fault, path: &str) -> HttpResponse {
    let status = fault
        .status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = fault.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    if status == StatusCode::TOO_MANY_REQUESTS && !is_stripes(path) {
        let reset = state.clock().now().timestamp() + 1;
        response
            .insert_header(("x-ratelimit-limit", 10))
            .insert_header(("x-ratelimit-remaining", 0))
            .insert_header(("x-ratelimit-reset", reset));
    }
    response.json(failure_body(status, path))
}

fn is_stripes(path: &str) -> bool {
    path.starts_with("/stripe/") || path.starts_with("/v1/")
}

/// In the words of whoever is disturbed.
fn failure_body(status: StatusCode, path: &str) -> Value {
    let reason = status.canonical_reason().unwrap_or("Error");
    let limited = status == StatusCode::TOO_MANY_REQUESTS;
    if is_stripes(path) {
        return match limited {
            true => json!({"error": {
                "type": "invalid_request_error", "code": "rate_limit", "message": "Request rate limit exceeded.",
            }}),
            false => json!({"error": { "type": "api_error", "message": reason }}),
        };
    }
    if path.starts_with("/api/v2/") {
        return match limited {
            true => json!({
                "statusCode": 429, "error": "Too Many Requests", "errorCode": "too_many_requests",
                "message": "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and \
                            X-RateLimit-Reset headers.",
            }),
            false => json!({ "statusCode": status.as_u16(), "error": reason, "message": reason }),
        };
    }
    let error = match limited {
        true => "too_many_requests",
        false if status.is_server_error() => "server_error",
        false => "access_denied",
    };
    json!({ "error": error, "error_description": reason })
}
