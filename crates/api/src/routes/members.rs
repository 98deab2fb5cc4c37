//! Who belongs to the organization, and as what. A change counts here at once; a job makes Auth0 follow. Only whoever is
//! new is a member at Auth0 first.

mod add;
mod change_roles;
mod list;
mod remove;
mod show;
mod transfer_ownership;

use chrono::{DateTime, Utc};
use domain::member::{LastAdmin, role_set};
use domain::role::{self, UnknownRole};
use domain::{Permission, Role, UserId};
use serde::Serialize;
use serde_json::json;
use store::{Member, NewAuditEvent, TenantTx};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::audit;
use crate::auth::Authorized;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::problem::{Code, Problem};

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(add::add)
        .service(show::show)
        .service(remove::remove)
        .service(change_roles::change_roles)
        .service(transfer_ownership::transfer_ownership);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member, examples(json!({
    "user_id": "auth0|6560c1f2a4b8e9d7c3f1a2b4",
    "roles": ["org_admin"],
    "email": "ada@example.com",
    "name": "Ada Buyer",
    "picture": null,
    "connection": "Username-Password-Authentication",
    "joined_at": "2026-11-21T09:00:00Z",
    "joined_by": "purchase",
    "last_seen_at": null,
    "blocked": false,
    "over_limit": false,
})))]
struct MemberBody {
    user_id: String,
    /// `org_admin`, `org_member`, `org_billing`, `org_readonly`.
    roles: Vec<&'static str>,
    /// For display only; it does not say who somebody is.
    email: Option<String>,
    name: Option<String>,
    picture: Option<String>,
    /// What they log in with.
    connection: Option<String>,
    joined_at: DateTime<Utc>,
    /// `purchase`, `invitation`, `addition`, `identity_provider` (by a first login), `scim`, `user_import` or
    /// `organization_import`; null for whoever was added at Auth0.
    joined_by: Option<&'static str>,
    /// When they last called the API, to the hour; null until they do.
    last_seen_at: Option<DateTime<Utc>>,
    /// Their account is blocked, so every call of theirs is refused.
    blocked: bool,
    /// True while the plan has fewer seats than members and none for this one: they read only. Administrators have
    /// their seats first, then who joined first.
    over_limit: bool,
}

impl From<Member> for MemberBody {
    fn from(member: Member) -> Self {
        let Member {
            membership,
            joined_by,
            blocked,
            over_limit,
        } = member;
        Self {
            user_id: membership.person.user_id.into(),
            roles: names(&membership.roles),
            email: membership.email,
            name: membership.name,
            picture: membership.picture,
            connection: membership.connection,
            joined_at: membership.joined_at,
            joined_by: joined_by.map(|by| by.as_str()),
            last_seen_at: membership.last_seen_at,
            blocked,
            over_limit,
        }
    }
}

fn names(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.as_str()).collect()
}

/// # Errors
/// 422 for an unknown role or none at all.
fn wanted(field: &'static str, roles: Vec<String>) -> Result<Vec<Role>, Problem> {
    let mut parsed = Vec::new();
    for (index, role) in roles.into_iter().enumerate() {
        parsed.push(role.try_into().map_err(|refusal: UnknownRole| {
            Problem::invalid_field(format!("{field}[{index}]"), refusal.code(), refusal)
        })?);
    }
    role_set(parsed).map_err(|refusal| Problem::invalid_field(field, refusal.code(), refusal))
}

/// From here to the end of the transaction nobody else changes who the members are. The caller may have been removed or
/// demoted while waiting, so their own membership is read again.
async fn lock<P>(caller: &mut Authorized<P>) -> Result<(), Problem> {
    caller.tx.lock_members().await?;
    let member = caller.tx.membership(&caller.token.person.user_id).await?;
    caller.member = member.ok_or_else(|| Problem::new(Code::MembershipRequired))?;
    Ok(())
}

/// # Errors
/// 403 unless both the caller's roles, as they are now, and the token allow to change members.
fn require_write<P>(caller: &Authorized<P>) -> Result<(), Problem> {
    let permission = Permission::MembersWrite;
    if role::allows(&caller.member.roles, permission) && caller.token.allows(permission) {
        Ok(())
    } else {
        let needed = format_args!("This needs {permission}.");
        Err(Problem::new(Code::PermissionDenied).detail(needed))
    }
}

fn event<P>(
    caller: &Authorized<P>,
    action: &str,
    user: &UserId,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> NewAuditEvent {
    let actor = &caller.token.person.user_id;
    NewAuditEvent {
        request_id: Some(request_id.to_string()),
        ..audit::by_person(actor, action, format!("member:{user}"), now)
    }
}

/// Has Auth0 follow.
async fn follow(tx: &mut TenantTx, user: &UserId, now: DateTime<Utc>) -> Result<(), Problem> {
    let payload = json!({ "user_id": user });
    tx.enqueue(kind::MEMBERSHIP, user.as_ref(), &payload, now)
        .await?;
    Ok(())
}

impl From<LastAdmin> for Problem {
    fn from(refusal: LastAdmin) -> Self {
        Self::new(Code::LastAdmin).detail(refusal)
    }
}
