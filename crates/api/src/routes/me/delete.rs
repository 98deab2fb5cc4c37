//! Deletes the caller's account: they leave every organization, and what was theirs goes everywhere.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, delete, web};
use domain::conversion::ConversionStep;
use domain::{OrganizationId, TenantId};
use serde_json::json;
use store::{MyOrganization, Page, TenantTx};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use crate::app::AppState;
use crate::auth::Me;
use crate::client_address::client_address;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{MeProblems, responses_of};
use crate::pagination::MAX_LIMIT;
use crate::problem::{Code, Problem};
use crate::workflows::leaving::{self, Leave, Leaver};

struct DeleteProblems;

impl IntoResponses for DeleteProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::LastAdmin, Code::SsoEnforced, Code::Conflict])
    }
}

/// Deletes the caller's account, at once and for good: every organization is left, what they own themselves is erased,
/// their personal plan ends without a refund, and their login is deleted. Tokens that they have are refused from now on.
///
/// Refused while they are the last administrator of an organization, or the last who can break the glass where
/// `policies.sso` is `enforce`: hand it over or delete it first. What they did in organizations stays in those
/// organizations' audit trails, under their user id.
#[utoipa::path(
    operation_id = "delete_me",
    tag = "me",
    responses((status = 204, description = "The account is closed, and is being erased"), MeProblems, DeleteProblems),
)]
#[delete("/v1/me")]
pub(in crate::routes) async fn delete(
    me: Me,
    state: web::Data<AppState>,
    request: HttpRequest,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let Me { person, mut tx, .. } = me;
    require_no_conversion(&mut tx).await?;
    let individual = tx.tenant().clone();
    // One tenant at a time, and one connection.
    drop(tx);
    let now = state.clock.now();
    let organizations = state.store.my_organizations(&person).await?;
    let mut kept = Vec::new();
    for organization in &organizations {
        let mut tx = enter(&state, &organization.id).await?;
        let outcome = leaving::may_leave(&mut tx, &person.user_id).await?;
        if outcome.is_refused() {
            kept.push((organization, outcome));
        }
    }
    if !kept.is_empty() {
        return Err(needed(&kept));
    }
    for organization in &organizations {
        let mut tx = enter(&state, &organization.id).await?;
        tx.came_from(client_address(&request));
        let leaver = Leaver {
            user_id: &person.user_id,
            request_id: Some(request_id.to_string()),
            now,
        };
        let outcome = leaving::leave(&mut tx, &leaver).await?;
        if outcome.is_refused() {
            return Err(needed(&[(organization, outcome)]));
        }
        tx.commit().await?;
    }
    let mut tx = state.store.tenant(&individual).await?;
    tx.close_person(&person, now).await?;
    let key = kind::DELETION;
    tx.enqueue(key, key, &json!({}), now).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn enter(state: &AppState, organization: &OrganizationId) -> Result<TenantTx, Problem> {
    let tenant = TenantId::from(organization.clone());
    Ok(state.store.tenant(&tenant).await?)
}

/// Names the organizations, which the caller can see.
fn needed(kept: &[(&MyOrganization, Leave)]) -> Problem {
    let code = |outcome: Leave| match outcome {
        Leave::LastGlassBreaker => Code::SsoEnforced,
        Leave::LastAdmin | Leave::Left | Leave::WasNot => Code::LastAdmin,
    };
    let detail = "Hand these organizations over or delete them first.";
    let gravest = kept.iter().map(|(_, outcome)| code(*outcome));
    let gravest = gravest.reduce(|one, other| match (one, other) {
        (Code::SsoEnforced, Code::SsoEnforced) => one,
        _ => Code::LastAdmin,
    });
    let problem = Problem::new(gravest.unwrap_or(Code::LastAdmin)).detail(detail);
    kept.iter()
        .fold(problem, |problem, (organization, outcome)| {
            let code = code(*outcome).as_str();
            problem.field(organization.id.as_ref(), code, &organization.name)
        })
}

/// # Errors
/// 409 while a payment of theirs is just becoming an organization, which takes moments.
async fn require_no_conversion(tx: &mut TenantTx) -> Result<(), Problem> {
    let mut page = Page::first(MAX_LIMIT);
    loop {
        let found = tx.conversions(&page).await?;
        if found.items.iter().any(|found| is_under_way(found.step)) {
            let detail =
                "A payment of yours is becoming an organization; try again when it is done.";
            return Err(Problem::new(Code::Conflict).detail(detail));
        }
        page.after = found.items.last().map(|last| last.id);
        if !found.more {
            return Ok(());
        }
    }
}

fn is_under_way(step: ConversionStep) -> bool {
    match step {
        ConversionStep::Named
        | ConversionStep::OrganizationCreated
        | ConversionStep::MemberAdded
        | ConversionStep::RoleSet
        | ConversionStep::Committed
        | ConversionStep::Cancelling => true,
        ConversionStep::Requested
        | ConversionStep::Paid
        | ConversionStep::Done
        | ConversionStep::Cancelled
        | ConversionStep::Parked => false,
    }
}
