//! Bearer tokens that come back to the tenant: at the Management API and at `/userinfo`.

use actix_web::HttpRequest;

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
    _state: &State,
    _request: &HttpRequest,
) -> Result<ManagementCaller, BearerRefusal> {
    Err(BearerRefusal::Missing)
}
