//! Takes a link back.

use actix_web::{HttpRequest, HttpResponse, delete, web};
use chrono::{DateTime, Utc};
use domain::{OrganizationId, SsoTicketId, TicketState};
use store::{SsoTicket, TenantTx};

use super::issue::{self, Asker};
use crate::app::AppState;
use crate::auth::permissions::WriteIdentityProviders;
use crate::auth::{Authorized, PlatformAdmin};
use crate::body::PathId;
use crate::middleware::RequestId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;
use crate::routes::platform::PlatformProblems;

/// Revokes a ticket; its link is dead within seconds. What was set up under it before stays. One that is over stays as it
/// is.
#[utoipa::path(
    operation_id = "revoke_sso_ticket",
    tag = "identity providers",
    params(("org_id" = String, Path), ("ticket_id" = uuid::Uuid, Path)),
    responses((status = 204, description = "It is over"), TenantProblems),
)]
#[delete("/v1/orgs/{org_id}/sso-tickets/{ticket_id}")]
pub(super) async fn revoke(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<SsoTicketId>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let asker = Asker {
        actor: caller.token.person.user_id.to_string(),
        request_id: request_id.to_string(),
    };
    end(&mut caller.tx, id.parse()?, asker, state.clock.now()).await?;
    caller.tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Revokes a ticket, whoever made it.
#[utoipa::path(
    operation_id = "revoke_platform_sso_ticket",
    tag = "platform",
    params(("org_id" = String, Path), ("ticket_id" = uuid::Uuid, Path)),
    responses((status = 204, description = "It is over"), PlatformProblems),
)]
#[delete("/v1/platform/organizations/{org_id}/sso-tickets/{ticket_id}")]
pub(super) async fn revoke_for_platform(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    http: HttpRequest,
    id: PathId<SsoTicketId>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let org_id = http.match_info().get("org_id").unwrap_or_default();
    let org_id: OrganizationId = org_id.parse().map_err(|_| Problem::not_found())?;
    let mut tx = caller.organization(&state, &org_id).await?;
    let asker = Asker {
        actor: format!("client:{}", caller.client_id),
        request_id: request_id.to_string(),
    };
    end(&mut tx, id.parse()?, asker, state.clock.now()).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn end(
    tx: &mut TenantTx,
    id: SsoTicketId,
    asker: Asker,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let ticket = tx.lock_sso_ticket(id).await?;
    let ticket = ticket.ok_or_else(Problem::not_found)?;
    if !ticket.state.at(now, ticket.expires_at).is_live() {
        return Ok(());
    }
    let ticket = SsoTicket {
        state: TicketState::Revoked,
        updated_at: now,
        ..ticket
    };
    tx.save_sso_ticket(&ticket).await?;
    issue::changed(tx, &ticket, "sso_ticket.revoked", asker, None).await
}
