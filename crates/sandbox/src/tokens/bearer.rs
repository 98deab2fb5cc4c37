//! Bearer tokens that come back to the tenant: at the Management API and at `/userinfo`.

use actix_web::HttpRequest;
use actix_web::http::header;
use serde_json::Value;

use super::signature::signed_claims;
use crate::state::State;

/// Who calls the Management API.
pub(crate) struct ManagementCaller {
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
}

/// Why a bearer token was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BearerRefusal {
    #[error("no Authorization header")]
    Missing,
    #[error("the Authorization header is not `Bearer` and a JWT")]
    Malformed,
    #[error("the signature is not ours")]
    BadSignature,
    #[error("the token has expired")]
    Expired,
    #[error("the token is for another audience")]
    WrongAudience,
}

/// Checks the caller of `/api/v2/**`: a token that this tenant signed, for the Management API, not expired.
pub(crate) fn management_token(
    state: &State,
    request: &HttpRequest,
) -> Result<ManagementCaller, BearerRefusal> {
    let claims = bearer_claims(state, request)?;
    if !has_audience(&claims, |audience| {
        state.hosts().is_management_audience(audience, request)
    }) {
        return Err(BearerRefusal::WrongAudience);
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let client_id = text("azp")
        .or_else(|| text("client_id"))
        .unwrap_or_default()
        .to_owned();
    let scopes = text("scope")
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    Ok(ManagementCaller { client_id, scopes })
}

/// The claims of a token that this tenant signed and that has not expired by the sandbox's clock.
pub(crate) fn bearer_claims(state: &State, request: &HttpRequest) -> Result<Value, BearerRefusal> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)
        .ok_or(BearerRefusal::Missing)?;
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(BearerRefusal::Malformed)?;
    let claims = state.read(|tenant| signed_claims(tenant, token))?;
    match claims.get("exp").and_then(Value::as_i64) {
        Some(exp) if exp > state.clock().now().timestamp() => Ok(claims),
        _ => Err(BearerRefusal::Expired),
    }
}

/// `aud` is a string or an array of strings.
pub(crate) fn has_audience(claims: &Value, wanted: impl Fn(&str) -> bool) -> bool {
    match claims.get("aud") {
        Some(Value::String(audience)) => wanted(audience),
        Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).any(wanted),
        _ => false,
    }
}
