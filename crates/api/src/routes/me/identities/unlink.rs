//! Takes a login out of the account again.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, delete, web};
use domain::IdentityLinkId;
use domain::identity_link::LinkState;
use serde_json::json;
use store::{IdentityLink, NewAuditEvent};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::{IdentityBody, require_recent_login, way_in};
use crate::app::AppState;
use crate::audit;
use crate::auth::{Me, open_own_tenant};
use crate::body::PathId;
use crate::client_address::client_address;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{MeProblems, MissingProblems, responses_of};
use crate::problem::{Code, Problem};

struct UnlinkProblems;

impl IntoResponses for UnlinkProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::RecentLoginRequired, Code::Conflict, Code::SsoEnforced])
    }
}

/// Makes a linked login an account of its own again, without memberships and without anything that it had before; and
/// ends all logins of the caller, since some may be that login's: every token until then is refused, this request's too,
/// and those from before the login is out. Needs a login of the last ten minutes. Refused while `policies.sso` of an
/// organization is `enforce` and that login may be the last by which somebody could break the glass.
#[utoipa::path(
    operation_id = "unlink_identity",
    tag = "me",
    params(("identity_id" = uuid::Uuid, Path)),
    responses(
        (status = 202, body = IdentityBody, description = "It is being taken out"),
        MeProblems,
        MissingProblems,
        UnlinkProblems,
    ),
)]
#[delete("/v1/me/identities/{identity_id}")]
pub(super) async fn unlink(
    me: Me,
    state: web::Data<AppState>,
    id: PathId<IdentityLinkId>,
    request: HttpRequest,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let id = id.parse()?;
    let Me { mut tx, token, .. } = me;
    let link = tx.lock_identity_link(id).await?;
    let link = link.ok_or_else(Problem::not_found)?;
    require_recent_login(&token, now)?;
    // One tenant at a time, and one connection.
    drop(tx);
    let lost = way_in::lost_by_unlinking(&state, &link).await?;
    let mut me = open_own_tenant(&state, token).await?;
    me.tx.came_from(client_address(&request));
    let link = me.tx.lock_identity_link(id).await?;
    let link = link.ok_or_else(Problem::not_found)?;
    let before = link.state;
    match before {
        LinkState::Linked => way_in::require_none(&lost)?,
        LinkState::Unlinking => return Ok(accepted(&link)),
        LinkState::Linking | LinkState::Failed => {
            let detail = "Only a login that is linked can be taken out.";
            return Err(Problem::new(Code::Conflict).detail(detail));
        }
    }
    let link = IdentityLink {
        state: LinkState::Unlinking,
        updated_at: now,
        ..link
    };
    me.tx.save_identity_link(&link).await?;
    let key = link.id.to_string();
    let payload = json!({ "link_id": link.id });
    me.tx
        .enqueue(kind::IDENTITY_LINK, &key, &payload, now)
        .await?;
    let target = format!("identity:{key}");
    let requested = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        before: Some(json!({ "user_id": link.person.user_id, "state": before })),
        ..audit::by_person(&me.person.user_id, "identity.unlink_requested", target, now)
    };
    me.tx.insert_audit_event(&requested).await?;
    me.tx.end_logins(now).await?;
    me.tx.commit().await?;
    Ok(accepted(&link))
}

fn accepted(link: &IdentityLink) -> HttpResponse {
    HttpResponse::Accepted().json(IdentityBody::from(link))
}
