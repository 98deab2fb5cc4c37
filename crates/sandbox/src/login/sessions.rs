//! Single sign-on: the tenant's own session, in a cookie.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};

use crate::state::State;
use crate::tenant::Session;

const COOKIE: &str = "auth0";
/// Another name over TLS: browsers do not let the plain site of a host replace a cookie of its secure one.
const SECURE_COOKIE: &str = "__Host-auth0";
/// Auth0's default absolute lifetime.
pub(super) const LIFETIME: TimeDelta = TimeDelta::days(7);

pub(crate) fn current(state: &State, request: &HttpRequest) -> Option<Session> {
    let id = cookie(request)?;
    let now = state.clock().now();
    state
        .read(|tenant| tenant.sessions.get(id).cloned())
        .filter(|session| session.expires_at > now)
}

pub(super) fn begin(
    state: &State,
    id: String,
    user_id: String,
    connection: String,
    (now, mfa_at): (DateTime<Utc>, Option<DateTime<Utc>>),
) {
    let session = Session {
        id: id.clone(),
        user_id,
        connection,
        created_at: now,
        authenticated_at: now,
        mfa_at,
        expires_at: now + LIFETIME,
    };
    state.write(|tenant| {
        tenant
            .sessions
            .retain(|_, session| session.expires_at > now);
        tenant.sessions.insert(id, session);
    });
}

fn cookie_name(request: &HttpRequest) -> &'static str {
    if request.app_config().secure() {
        SECURE_COOKIE
    } else {
        COOKIE
    }
}

/// The session id that the browser sent.
fn cookie(request: &HttpRequest) -> Option<&str> {
    let name = cookie_name(request);
    request
        .headers()
        .get_all(header::COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// The `Set-Cookie` header of a session. Its lifetime is the browser's; ours is kept on our side.
pub(super) fn set_cookie(id: &str, request: &HttpRequest) -> HeaderValue {
    header(request, id, "")
}

/// Forgets the browser's session; returns the `Set-Cookie` header that removes its cookie.
pub(crate) fn end_session(state: &State, request: &HttpRequest) -> HeaderValue {
    if let Some(id) = cookie(request) {
        state.write(|tenant| tenant.sessions.remove(id));
    }
    header(request, "", "; Max-Age=0")
}

fn header(request: &HttpRequest, value: &str, more: &str) -> HeaderValue {
    let name = cookie_name(request);
    // As at Auth0: an application on another site, or on plain http, logs in silently inside a frame.
    let reach = if name == SECURE_COOKIE {
        "SameSite=None; Secure"
    } else {
        "SameSite=Lax"
    };
    HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; {reach}{more}"))
        .expect("session ids are alphanumeric")
}
