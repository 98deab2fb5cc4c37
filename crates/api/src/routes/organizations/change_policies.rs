//! Changes what members of the organization may do that only administrators may otherwise.

use std::collections::BTreeMap;

use actix_web::{put, web};
use chrono::{DateTime, Utc};
use domain::mfa::{Factor, NoFactor, UnknownFactor};
use domain::sso::{SsoRefusal, UnknownSsoPolicy};
use domain::{Feature, MfaPolicy, SsoPolicy};
use serde_json::json;
use store::{Customer, NewAuditEvent};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::{MfaPolicyBody, PoliciesBody};
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteOrganization;
use crate::body::Body;
use crate::etag::{IfMatch, PreconditionProblems};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::invitations;
use crate::routes::subscription::{self, PlanProblems};

/// Replaces the policies. They show in the organization, whose `ETag` they share. When `sso` becomes `enforce`, an
/// invitation that is bound to none of the organization's own identity providers is sent again, bound to the only one;
/// where there are several, it has failed (`sso_enforced`).
#[utoipa::path(
    operation_id = "change_policies",
    tag = "organizations",
    params(
        ("org_id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The organization's `ETag` that was read"),
    ),
    request_body = PoliciesBody,
    responses(
        (status = 200, body = PoliciesBody),
        TenantProblems,
        BodyProblems,
        PlanProblems,
        PreconditionProblems,
        StaleProblems,
    ),
)]
#[put("/v1/orgs/{org_id}/policies")]
pub(super) async fn change_policies(
    mut caller: Authorized<WriteOrganization>,
    state: web::Data<AppState>,
    if_match: IfMatch,
    body: Body<PoliciesBody>,
    request_id: web::ReqData<RequestId>,
) -> Result<web::Json<PoliciesBody>, Problem> {
    let before = caller.tx.customer().await?.ok_or_else(Problem::not_found)?;
    let policies = body.parse()?;
    let now = state.clock.now();
    if_match.check(before.version)?;
    let mfa = match &policies.mfa {
        Some(wanted) => Some(mfa_policy(wanted)?),
        None => before.mfa.clone(),
    };
    let sso = match &policies.sso {
        Some(text) => text.parse().map_err(|refusal: UnknownSsoPolicy| {
            Problem::invalid_field("sso", refusal.code(), refusal)
        })?,
        None => before.sso,
    };
    let after = Customer {
        members_can_invite: policies.members_can_invite,
        mfa,
        sso,
        ..before.clone()
    };
    // Nobody stays locked out because a plan has ended.
    let only_lets_in = after.sso < before.sso
        && after
            == Customer {
                sso: after.sso,
                ..before.clone()
            };
    if !only_lets_in {
        subscription::require_live(&mut caller.tx, now).await?;
    }
    let policies = PoliciesBody::of(&after);
    if policies == PoliciesBody::of(&before) {
        return Ok(web::Json(policies));
    }
    if after.sso != before.sso {
        change_sso(&mut caller, (before.sso, after.sso), now).await?;
    }
    let after = Customer {
        updated_at: now,
        ..after
    };
    caller.tx.save_customer(&after).await?;
    if after.sso == SsoPolicy::Enforce && before.sso != SsoPolicy::Enforce {
        invitations::bind::all(&mut caller, *request_id, now).await?;
    }
    if after.mfa != before.mfa {
        let key = kind::SUBSCRIPTION_CLAIM;
        let payload = json!({ "user_id": null });
        caller.tx.enqueue(key, key, &payload, now).await?;
    }
    let target = format!("organization:{}", caller.organization);
    let user = &caller.token.person.user_id;
    let changed = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        before: Some(json!(PoliciesBody::of(&before))),
        after: Some(json!(policies)),
        ..audit::by_person(user, "organization.policies_changed", target, now)
    };
    caller.tx.insert_audit_event(&changed).await?;
    caller.tx.commit().await?;
    Ok(web::Json(policies))
}

fn mfa_policy(body: &MfaPolicyBody) -> Result<MfaPolicy, Problem> {
    const FIELD: &str = "mfa.providers";
    let providers = body.providers.iter().map(|name| name.parse());
    let providers: Vec<Factor> = providers
        .collect::<Result<_, _>>()
        .map_err(|refusal: UnknownFactor| Problem::invalid_field(FIELD, refusal.code(), refusal))?;
    MfaPolicy::new(body.enforce, providers, body.skip_federated)
        .map_err(|refusal: NoFactor| Problem::invalid_field(FIELD, refusal.code(), refusal))
}

/// # Errors
/// 402 without the plan for it, 409 when it would leave nobody a way in.
async fn change_sso(
    caller: &mut Authorized<WriteOrganization>,
    (before, wanted): (SsoPolicy, SsoPolicy),
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    if wanted > before {
        caller.guard(Feature::Sso, now).await?;
    }
    // Invitations are counted and accepted under this lock, which comes before the members' everywhere.
    caller.tx.lock_subscription().await?;
    // No administrator leaves between the look and the commit.
    caller.tx.lock_members().await?;
    let readiness = caller.tx.sso_readiness().await?;
    readiness.allow(wanted).map_err(|refusal| {
        let code = match refusal {
            SsoRefusal::Untested => Code::SsoUntested,
            SsoRefusal::NoGlassBreaker => Code::LastAdmin,
        };
        Problem::new(code).detail(refusal)
    })?;
    let claim = kind::SUBSCRIPTION_CLAIM;
    let payload = json!({ "user_id": null });
    Ok(caller.tx.enqueue(claim, claim, &payload, now).await?)
}

/// Somebody else changed the organization between our reading and our writing.
struct StaleProblems;

impl IntoResponses for StaleProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::Conflict,
            Code::NotInPlan,
            Code::SsoUntested,
            Code::LastAdmin,
        ])
    }
}
