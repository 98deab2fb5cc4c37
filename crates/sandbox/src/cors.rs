//! Lets the browsers of known applications call the issuer.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};

use crate::state::State;

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

fn allowed_origin(request: &ServiceRequest) -> Option<HeaderValue> {
    if !SHARED.iter().any(|path| request.path().starts_with(path)) {
        return None;
    }
    let origin = request.headers().get(header::ORIGIN)?;
    let text = origin.to_str().ok()?;
    let state = request.app_data::<web::Data<State>>()?;
    let known = state.read(|tenant| {
        tenant
            .clients
            .values()
            .any(|client| client.web_origins.iter().any(|known| known == text))
    });
    known.then(|| origin.clone())
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
