//! Hands the organization over: one transaction makes another member an administrator and changes the caller's roles.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::member::with_admin;
use domain::{Role, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Member, Membership, NewAuditEvent};
use utoipa::ToSchema;

use super::change_roles::LastAdminProblems;
use super::{MemberBody, event, follow, lock, names, require_write, wanted};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadMembers;
use crate::body::{Body, PathId};
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems};
use crate::problem::{Code, Problem};
use crate::routes::way_back::WayBack;

/// The tenant is part of a key already.
const ROUTE: &str = "POST members/ownership";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "keep_roles": ["org_member"] })))]
struct OwnershipRequest {
    /// All that the caller is afterwards; `["org_member"]` when left out.
    #[schema(min_items = 1)]
    keep_roles: Option<Vec<String>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Ownership)]
struct OwnershipBody {
    /// The caller.
    from: MemberBody,
    /// The new administrator.
    to: MemberBody,
}

/// Hands the organization over to another member, who becomes an administrator and keeps the roles that they have; the
/// caller keeps `keep_roles` only. Both at once: there is no moment without an administrator. Auth0 follows. While
/// `policies.sso` is `enforce`, the last administrator who can break the glass stays one. Whoever is blocked takes nothing
/// over.
///
/// With a key, the same request again gets the same answer, although the caller may be no administrator any more.
#[utoipa::path(
    operation_id = "transfer_ownership",
    tag = "members",
    params(
        ("org_id" = String, Path),
        ("user_id" = String, Path, description = "Who takes over. Percent-encoded: it contains a `|`"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    request_body = OwnershipRequest,
    responses(
        (status = 200, body = OwnershipBody),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        LastAdminProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/members/{user_id}/ownership")]
pub(super) async fn transfer_ownership(
    mut caller: Authorized<ReadMembers>,
    state: web::Data<AppState>,
    user_id: PathId<UserId>,
    idempotency: Idempotency,
    body: Body<OwnershipRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    lock(&mut caller).await?;
    let now = state.clock.now();
    let user = user_id.parse();
    let asked = asked(user.as_ref().ok(), body.bytes().ok().map(AsRef::as_ref));
    let own = caller.token.person.user_id.clone();
    let begun = idempotency
        .begin(&mut caller.tx, &own, ROUTE, &asked, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    require_write(&caller)?;
    let user = user?;
    let keep = kept(body.parse()?)?;
    if user == own {
        let detail = "The organization is yours already.";
        return Err(Problem::invalid_field("user_id", "self", detail));
    }
    let way_back = WayBack::before(&mut caller.tx).await?;
    let heir = member(&mut caller, &user).await?;
    if heir.blocked {
        let detail = "Their account is blocked, so they could not administer it.";
        return Err(Problem::new(Code::LastAdmin).detail(detail));
    }
    let giver = member(&mut caller, &own).await?;
    let inherited = with_admin(&heir.membership.roles);
    // First the one, then the other: not even a part of this is without an administrator.
    give(&mut caller, heir, inherited, *request_id, now).await?;
    give(&mut caller, giver, keep, *request_id, now).await?;
    way_back.keep(&mut caller.tx).await?;
    // Their seats go by their roles.
    let to = member(&mut caller, &user).await?.into();
    let from = member(&mut caller, &own).await?.into();
    let transferred = NewAuditEvent {
        after: Some(json!({ "from": own, "to": user })),
        ..event(&caller, "ownership.transferred", &user, *request_id, now)
    };
    caller.tx.insert_audit_event(&transferred).await?;
    let body = OwnershipBody { from, to };
    let response = attempt
        .finish(&mut caller.tx, StatusCode::OK, &body)
        .await?;
    caller.tx.commit().await?;
    Ok(response)
}

/// Who takes over is part of the request, though not of its body.
fn asked(user: Option<&UserId>, body: Option<&[u8]>) -> Vec<u8> {
    let user = user.map_or("", AsRef::as_ref).as_bytes();
    [user, b"\n", body.unwrap_or_default()].concat()
}

/// # Errors
/// 422 for an unknown role or none at all.
fn kept(request: OwnershipRequest) -> Result<Vec<Role>, Problem> {
    match request.keep_roles {
        Some(roles) => wanted("keep_roles", roles),
        None => Ok(vec![Role::OrgMember]),
    }
}

/// # Errors
/// 404 for whoever is none, perhaps since a moment ago.
async fn member(caller: &mut Authorized<ReadMembers>, user: &UserId) -> Result<Member, Problem> {
    let member = caller.tx.member(user).await?;
    member.ok_or_else(Problem::not_found)
}

async fn give(
    caller: &mut Authorized<ReadMembers>,
    mut member: Member,
    roles: Vec<Role>,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let before = member.membership.clone();
    if before.roles == roles {
        return Ok(());
    }
    let user = before.person.user_id.clone();
    member.membership = Membership {
        roles,
        ..before.clone()
    };
    caller.tx.save_membership(&member.membership).await?;
    caller.tx.take_roles_as_given_by_hand(&user).await?;
    let changed = NewAuditEvent {
        before: Some(json!({ "roles": names(&before.roles) })),
        after: Some(json!({ "roles": names(&member.membership.roles) })),
        ..event(caller, "member.roles_changed", &user, request_id, now)
    };
    caller.tx.insert_audit_event(&changed).await?;
    follow(&mut caller.tx, &user, now).await
}
