//! The logins that are one account. They become one only by the wish of whoever holds both, and never by an address.

mod create;
mod list;
mod unlink;
mod way_in;

use chrono::{DateTime, Utc};
use domain::identity_link::{LinkFailure, is_fresh};
use serde::Serialize;
use store::IdentityLink;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::auth::AccessToken;
use crate::problem::{Code, Problem};

pub(in crate::routes) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(create::create)
        .service(unlink::unlink);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkedIdentity, examples(json!({
    "identity_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
    "main_user_id": "auth0|6560c1f2a4b8e9d7c3f1a2b4",
    "user_id": "google-oauth2|555547014002354481511",
    "state": "linked",
    "failure": null,
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:02Z",
})))]
struct IdentityBody {
    identity_id: Uuid,
    /// The account that is left, whose tokens go on.
    main_user_id: String,
    /// The account that this login was before. Its tokens are refused.
    user_id: String,
    /// `linking`, `linked`, `unlinking`; `failed`: it is an account of its own as before.
    state: &'static str,
    /// Why it failed: `account_gone`, `account_blocked`, `several_logins`, `has_plan` or `refused`.
    failure: Option<&'static str>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&IdentityLink> for IdentityBody {
    fn from(link: &IdentityLink) -> Self {
        Self {
            identity_id: link.id.as_uuid(),
            main_user_id: link.main.user_id.to_string(),
            user_id: link.person.user_id.to_string(),
            state: link.state.as_str(),
            failure: link.failure.map(LinkFailure::as_str),
            created_at: link.created_at,
            updated_at: link.updated_at,
        }
    }
}

/// # Errors
/// 403 unless they logged in within the last minutes; a token alone may have been stolen or left behind.
fn require_recent_login(token: &AccessToken, now: DateTime<Utc>) -> Result<(), Problem> {
    if is_fresh(token.authenticated_at, now) {
        return Ok(());
    }
    let detail = "Log in again (prompt=login), then ask with the new token.";
    Err(Problem::new(Code::RecentLoginRequired).detail(detail))
}
