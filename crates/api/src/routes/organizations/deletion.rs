//! Deletes the organization: requested now, done after 30 days, taken back at any time between.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, delete, web};
use chrono::{DateTime, Utc};
use domain::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Deletion, NewAuditEvent, NewDeletion, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoParams, IntoResponses, ToSchema};

use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::DeleteOrganization;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{QueryProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::invitations::revoke;
use crate::workflows::deletion::GRACE;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Deletion, examples(json!({
    "requested_at": "2026-11-21T09:00:00Z",
    "deletes_at": "2026-12-21T09:00:00Z",
    "requested_by": "auth0|6560c1f2a4b8e9d7c3f1a2b4",
})))]
pub(super) struct DeletionBody {
    requested_at: DateTime<Utc>,
    /// Until then it can be taken back.
    deletes_at: DateTime<Utc>,
    /// A user id.
    requested_by: String,
}

impl From<Deletion> for DeletionBody {
    fn from(deletion: Deletion) -> Self {
        Self {
            requested_at: deletion.requested_at,
            deletes_at: deletion.deletes_at,
            requested_by: deletion.requested_by,
        }
    }
}

/// Not a body: many a proxy drops that of a DELETE.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Confirmation {
    /// The organization's name, to the letter.
    confirm_name: String,
}

/// A restore that comes too late.
struct DueProblems;

impl IntoResponses for DueProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::OrganizationDeleting])
    }
}

/// Requests the deletion of the organization with everything in it, in 30 days. Until then it is read as before and can
/// be restored; nothing else changes, members may leave, invitations are revoked, and the subscription ends with its
/// paid period. Again is the same.
#[utoipa::path(
    operation_id = "delete_organization",
    tag = "organizations",
    params(("org_id" = String, Path), Confirmation),
    responses((status = 202, body = DeletionBody), TenantProblems, QueryProblems),
)]
#[delete("/v1/orgs/{org_id}")]
pub(super) async fn delete(
    mut caller: Authorized<DeleteOrganization>,
    state: web::Data<AppState>,
    request: actix_web::HttpRequest,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let customer = caller.tx.customer().await?.ok_or_else(Problem::not_found)?;
    let name = customer.name.ok_or_else(Problem::not_found)?;
    confirm(request.query_string(), name.as_ref())?;
    let now = state.clock.now();
    // Who pays, before who is invited: the order in which everybody locks them.
    let was_ending = is_ending(&mut caller.tx).await?;
    let new = NewDeletion {
        requested_by: caller.token.person.user_id.clone(),
        requested_at: now,
        deletes_at: now + GRACE,
        was_ending,
    };
    if caller.tx.request_deletion(&new).await? {
        let key = kind::DELETION;
        let payload = json!({});
        caller
            .tx
            .enqueue(key, key, &payload, new.deletes_at)
            .await?;
        bill(&mut caller.tx, now).await?;
        revoke::all(&mut caller, *request_id, now).await?;
        let requested = NewAuditEvent {
            after: Some(json!({ "deletes_at": new.deletes_at })),
            ..event(&caller, "organization.deletion_requested", *request_id, now)
        };
        caller.tx.insert_audit_event(&requested).await?;
    }
    let deletion = caller.tx.deletion().await?.ok_or_else(Problem::not_found)?;
    caller.tx.commit().await?;
    Ok(HttpResponse::Accepted().json(DeletionBody::from(deletion)))
}

/// Takes the request back: everything is as before, but invitations stay revoked. One that is not to be deleted stays.
#[utoipa::path(
    operation_id = "restore_organization",
    tag = "organizations",
    params(("org_id" = String, Path)),
    responses((status = 204, description = "It is not to be deleted"), TenantProblems, DueProblems),
)]
#[delete("/v1/orgs/{org_id}/deletion")]
pub(super) async fn restore(
    mut caller: Authorized<DeleteOrganization>,
    state: web::Data<AppState>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let Some(deletion) = caller.tx.deletion().await?.filter(Deletion::is_wanted) else {
        return Ok(HttpResponse::NoContent().finish());
    };
    if deletion.deletes_at <= now || !caller.tx.restore_tenant(now).await? {
        return Err(Problem::new(Code::OrganizationDeleting).detail("It is too late for that."));
    }
    bill(&mut caller.tx, now).await?;
    let restored = NewAuditEvent {
        before: Some(json!({ "deletes_at": deletion.deletes_at })),
        ..event(&caller, "organization.restored", *request_id, now)
    };
    caller.tx.insert_audit_event(&restored).await?;
    caller.tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// # Errors
/// 400 unless the query holds the name and nothing else.
fn confirm(query: &str, name: &str) -> Result<(), Problem> {
    let invalid =
        |detail: &str| Problem::new(Code::InvalidQuery).field("confirm_name", "invalid", detail);
    let given = web::Query::<Confirmation>::from_query(query)
        .map_err(|_| invalid("Repeat the organization's name, and nothing else."))?;
    if given.confirm_name == name {
        Ok(())
    } else {
        Err(invalid("This is not the organization's name."))
    }
}

async fn is_ending(tx: &mut TenantTx) -> Result<bool, Problem> {
    let record = tx.lock_subscription().await?;
    Ok(
        record.is_some_and(|record| match record.subscription.state {
            State::Active {
                cancel_at_period_end,
                ..
            } => cancel_at_period_end,
            _ => false,
        }),
    )
}

/// Has Stripe follow.
async fn bill(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<(), Problem> {
    let key = kind::DELETION_BILLING;
    tx.enqueue(key, key, &json!({}), now).await?;
    Ok(())
}

fn event(
    caller: &Authorized<DeleteOrganization>,
    action: &str,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> NewAuditEvent {
    let target = format!("organization:{}", caller.organization);
    NewAuditEvent {
        request_id: Some(request_id.to_string()),
        ..audit::by_person(&caller.token.person.user_id, action, target, now)
    }
}
