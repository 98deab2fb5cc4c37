//! Makes a link for setting up single sign-on.

use actix_web::{HttpResponse, post, web};
use domain::{Feature, OrganizationId, SsoTicketId};

use super::issue::{self, Asker};
use super::{TicketBody, TicketProblems, TicketRequest};
use crate::app::AppState;
use crate::auth::permissions::WriteIdentityProviders;
use crate::auth::{Authorized, PlatformAdmin};
use crate::body::{Body, PathId};
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems};
use crate::problem::Problem;
use crate::routes::guard::{FeatureProblems, guard};
use crate::routes::platform::PlatformProblems;

const ROUTE: &str = "POST sso-tickets";

/// Makes a link under which somebody without an account here connects the organization's identity provider, once: the
/// provider then appears among the identity providers, and the link is taken back. It is told in this answer alone.
#[utoipa::path(
    operation_id = "create_sso_ticket",
    tag = "identity providers",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = TicketRequest,
    responses(
        (status = 201, body = TicketBody),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        FeatureProblems,
        TicketProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/sso-tickets")]
pub(super) async fn create(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<TicketRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let user = caller.token.person.user_id.clone();
    let asker = Asker {
        actor: user.to_string(),
        request_id: request_id.to_string(),
    };
    let ticket = issue::wanted(body.parse()?, &caller.organization, &asker, now)?;
    let begun = idempotency
        .begin(&mut caller.tx, &user, ROUTE, body.bytes()?, now)
        .await?;
    let (attempt, id) = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Unfinished(attempt, id) => (attempt, SsoTicketId::from(id)),
        Begun::Fresh(attempt) => {
            caller.guard(Feature::Sso, now).await?;
            attempt.note(&mut caller.tx, ticket.id.as_uuid()).await?;
            issue::order(&mut caller.tx, &ticket, asker).await?;
            (attempt, ticket.id)
        }
    };
    caller.tx.commit().await?;
    issue::deliver(&state, &caller.organization, id, attempt).await
}

/// The same for a customer whose administrator has no account yet.
#[utoipa::path(
    operation_id = "create_platform_sso_ticket",
    tag = "platform",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = TicketRequest,
    responses(
        (status = 201, body = TicketBody),
        PlatformProblems,
        BodyProblems,
        IdempotencyProblems,
        FeatureProblems,
        TicketProblems,
    ),
)]
#[post("/v1/platform/organizations/{org_id}/sso-tickets")]
pub(super) async fn create_for_platform(
    caller: PlatformAdmin,
    state: web::Data<AppState>,
    org_id: PathId<OrganizationId>,
    idempotency: Idempotency,
    body: Body<TicketRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let org_id = org_id.parse()?;
    let mut tx = caller.organization(&state, &org_id).await?;
    let asker = Asker {
        actor: format!("client:{}", caller.client_id),
        request_id: request_id.to_string(),
    };
    let ticket = issue::wanted(body.parse()?, &org_id, &asker, now)?;
    let user = &caller.person.user_id;
    let begun = idempotency
        .begin(&mut tx, user, ROUTE, body.bytes()?, now)
        .await?;
    let (attempt, id) = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Unfinished(attempt, id) => (attempt, SsoTicketId::from(id)),
        Begun::Fresh(attempt) => {
            guard(&mut tx, Feature::Sso, None, now).await?;
            attempt.note(&mut tx, ticket.id.as_uuid()).await?;
            issue::order(&mut tx, &ticket, asker).await?;
            (attempt, ticket.id)
        }
    };
    tx.commit().await?;
    issue::deliver(&state, &org_id, id, attempt).await
}
