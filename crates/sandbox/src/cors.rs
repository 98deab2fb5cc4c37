//! Lets the browsers of known applications call the issuer, and keeps every other site away from the control doors.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};

use crate::state::State;

const CONTROL: [&str; 2] = ["/sandbox", "/stripe/sandbox"];
const SHARED: [&str; 4] = [
    "/oauth/token",
    "/oauth/revoke",
    "/userinfo",
    "/.well-known/",
];

/// Middleware: answers preflights and marks answers, when the origin is one of a client's web origins.
pub(crate) async fn share(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if is_foreign_control(&request) {
        let answer =
            HttpResponse::Forbidden().body("The sandbox is not controlled from other sites.");
        return Ok(request.into_response(answer));
    }
    let Some(origin) = allowed_origin(&request) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let mut response = if is_preflight(&request) {
        let answer = HttpResponse::NoContent()
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
            .insert_header((
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, auth0-client",
            ))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"))
            .finish();
        request.into_response(answer)
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    mark(response.headers_mut(), origin);
    Ok(response)
}

/// Any page in the same browser could post to the control doors; only tests and people should.
fn is_foreign_control(request: &ServiceRequest) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return false;
    };
    let Some(state) = request.app_data::<web::Data<State>>() else {
        return true;
    };
    let hosts = state.hosts();
    let own = [Some(&hosts.http), hosts.https.as_ref()];
    let is_own = |origin: &str| {
        own.into_iter()
            .flatten()
            .any(|host| host.trim_end_matches('/') == origin)
    };
    CONTROL.iter().any(|path| request.path().starts_with(path))
        && !origin
            .to_str()
            .is_ok_and(|origin| is_own(origin) || is_web_origin(state, origin))
}

fn is_web_origin(state: &State, origin: &str) -> bool {
    state.read(|tenant| {
        let mut origins = tenant
            .clients
            .values()
            .flat_map(|client| &client.web_origins);
        origins.any(|known| known == origin)
    })
}

fn allowed_origin(request: &ServiceRequest) -> Option<HeaderValue> {
    if !SHARED.iter().any(|path| request.path().starts_with(path)) {
        return None;
    }
    let origin = request.headers().get(header::ORIGIN)?;
    let state = request.app_data::<web::Data<State>>()?;
    is_web_origin(state, origin.to_str().ok()?).then(|| origin.clone())
}

fn is_preflight(request: &ServiceRequest) -> bool {
    request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn mark(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after",
        ),
    );
}
