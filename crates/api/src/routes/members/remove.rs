//! Removes a member, or lets the caller leave. Their next request is refused, whatever their token says.

use actix_web::{HttpResponse, delete, web};
use chrono::{DateTime, Utc};
use domain::UserId;
use domain::member::keep_an_admin;
use serde_json::json;
use store::{Membership, NewAuditEvent};

use super::change_roles::LastAdminProblems;
use super::{event, follow, lock, names, require_write};
use crate::app::AppState;
use crate::auth::permissions::LeaveOrganization;
use crate::auth::{Authorized, require_staying};
use crate::body::PathId;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;
use crate::routes::way_back::WayBack;

/// Removes a member or takes back an addition, at once; Auth0 follows. Administrators remove anybody and end their
/// sessions; every member may remove themselves, that is, leave. The last administrator cannot go, nor can the last who
/// may break the glass while `policies.sso` is `enforce`. Leaving is possible also while the organization is to be deleted.
#[utoipa::path(
    operation_id = "remove_member",
    tag = "members",
    params(
        ("org_id" = String, Path),
        ("user_id" = String, Path, description = "Percent-encoded: it contains a `|`"),
    ),
    responses((status = 204, description = "They are no member"), TenantProblems, LastAdminProblems),
)]
#[delete("/v1/orgs/{org_id}/members/{user_id}")]
pub(super) async fn remove(
    mut caller: Authorized<LeaveOrganization>,
    state: web::Data<AppState>,
    user_id: PathId<UserId>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    lock(&mut caller).await?;
    let user = user_id.parse();
    let leaves = user
        .as_ref()
        .is_ok_and(|user| *user == caller.token.person.user_id);
    if !leaves {
        require_write(&caller)?;
        require_staying(&mut caller.tx).await?;
    }
    let user = user?;
    let now = state.clock.now();
    match caller.tx.membership(&user).await? {
        Some(member) => {
            end(&mut caller, &member, leaves, *request_id, now).await?;
        }
        None => {
            let taken = caller.tx.take_member_addition(&user).await?;
            let addition = taken.ok_or_else(Problem::not_found)?;
            let cancelled = NewAuditEvent {
                before: Some(json!({ "roles": names(&addition.roles) })),
                ..event(
                    &caller,
                    "member.addition_cancelled",
                    &user,
                    *request_id,
                    now,
                )
            };
            caller.tx.insert_audit_event(&cancelled).await?;
        }
    }
    follow(&mut caller.tx, &user, now).await?;
    caller.tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn end(
    caller: &mut Authorized<LeaveOrganization>,
    member: &Membership,
    leaves: bool,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let user = &member.person.user_id;
    let others = caller.tx.count_admins_besides(user).await?;
    keep_an_admin(&member.roles, &[], others)?;
    let way_back = WayBack::before(&mut caller.tx).await?;
    caller.tx.delete_membership(user).await?;
    way_back.keep(&mut caller.tx).await?;
    // Nor may an addition that is still under way bring them back.
    caller.tx.take_member_addition(user).await?;
    let action = if leaves {
        "member.left"
    } else {
        "member.removed"
    };
    let removed = NewAuditEvent {
        before: Some(json!({ "roles": names(&member.roles) })),
        ..event(caller, action, user, request_id, now)
    };
    caller.tx.insert_audit_event(&removed).await?;
    if !leaves {
        let payload = json!({ "user_id": user });
        caller
            .tx
            .enqueue(kind::SESSION_END, user.as_ref(), &payload, now)
            .await?;
    }
    Ok(())
}
