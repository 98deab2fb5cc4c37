//! Single sign-on: the tenant's own session, in a cookie.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};

use crate::state::State;
use crate::tenant::Session;

const COOKIE: &str = "auth0";
/// Auth0's default absolute lifetime.
pub(super) const LIFETIME: TimeDelta = TimeDelta::days(7);

pub(super) fn current(state: &State, request: &HttpRequest) -> Option<Session> {
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
    now: DateTime<Utc>,
) {
    let session = Session {
        id: id.clone(),
        user_id,
        connection,
        created_at: now,
        authenticated_at: now,
        expires_at: now + LIFETIME,
    };
    state.write(|tenant| {
        tenant
            .sessions
            .retain(|_, session| session.expires_at > now);
        tenant.sessions.insert(id, session);
    });
}

/// The session id that the browser sent.
fn cookie(request: &HttpRequest) -> Option<&str> {
    request
        .headers()
        .get_all(header::COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// The `Set-Cookie` header of a session. Its lifetime is the browser's; ours is kept on our side.
pub(super) fn set_cookie(id: &str, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::try_from(format!(
        "{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax{secure}"
    ))
    .expect("session ids are alphanumeric")
}

/// Forgets the browser's session; returns the `Set-Cookie` header that removes its cookie.
pub(crate) fn end_session(state: &State, request: &HttpRequest) -> HeaderValue {
    if let Some(id) = cookie(request) {
        state.write(|tenant| tenant.sessions.remove(id));
    }
    HeaderValue::from_static("auth0=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
}
