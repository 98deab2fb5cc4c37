//! What the organization's plan lets the caller do now, and what would change that.

use std::collections::BTreeMap;

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::entitlement::entitlement;
use domain::{Because, Entitlement, Feature, Role, entitlements};
use serde::Serialize;
use store::TenantTx;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::subscription::subscription;
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadBilling;
use crate::openapi::problems::{TenantProblems, responses_of};
use crate::problem::{Code, Problem};

#[derive(Serialize, ToSchema)]
#[schema(as = Entitlements)]
struct EntitlementsBody {
    /// One for each feature that is sold.
    entitlements: Vec<EntitlementBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Entitlement, examples(json!({
    "feature": "members",
    "allowed": false,
    "limit": 5,
    "used": 5,
    "because": "seats",
    "lifted_by": "more_seats",
})))]
struct EntitlementBody {
    /// `projects`, `members`, `sso`, `scim` or `audit_export`.
    feature: &'static str,
    allowed: bool,
    /// Null where nothing is counted or there is no limit.
    limit: Option<u32>,
    used: Option<u32>,
    /// Why it is not allowed, or will not be for long: `plan`, `seats`, `role`, `sso`, `past_due`, `suspended` or
    /// `expired`.
    because: Option<&'static str>,
    /// What would lift it: a plan, a role, `more_seats`, `identity_provider`, `payment` or `support`.
    lifted_by: Option<&'static str>,
}

/// What the caller can use in the organization. The same decisions guard the operations themselves.
#[utoipa::path(
    operation_id = "list_entitlements",
    tag = "billing",
    params(("org_id" = String, Path)),
    responses((status = 200, body = EntitlementsBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/entitlements")]
pub(super) async fn list(
    mut caller: Authorized<ReadBilling>,
    state: web::Data<AppState>,
) -> Result<web::Json<EntitlementsBody>, Problem> {
    let subscription = subscription(&mut caller.tx).await?;
    let usage = caller.tx.usage().await?;
    // A suspended organization's members do not get here.
    let suspended = false;
    let found = entitlements(
        &subscription,
        &usage,
        &caller.member.roles,
        suspended,
        state.clock.now(),
    );
    Ok(web::Json(EntitlementsBody {
        entitlements: found.into_iter().map(Into::into).collect(),
    }))
}

impl From<Entitlement> for EntitlementBody {
    fn from(entitlement: Entitlement) -> Self {
        Self {
            feature: entitlement.feature.as_str(),
            allowed: entitlement.allowed,
            limit: entitlement.limit,
            used: entitlement.used,
            because: entitlement.because.map(Because::as_str),
            lifted_by: entitlement.lifted_by,
        }
    }
}

/// The guard of what a plan may lack, in the transaction of the operation.
///
/// # Errors
/// 402 when the plan has ended or does not include it, 403 when the role does not.
pub(super) async fn require(
    tx: &mut TenantTx,
    feature: Feature,
    roles: &[Role],
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let subscription = subscription(tx).await?;
    let usage = tx.usage().await?;
    let entitled = entitlement(feature, &subscription, &usage, roles, false, now);
    let Some(because) = entitled.because.filter(|_| !entitled.allowed) else {
        return Ok(());
    };
    let code = match because {
        Because::Expired => Code::SubscriptionExpired,
        Because::Suspended => Code::OrgSuspended,
        Because::Role => Code::PermissionDenied,
        Because::Plan | Because::Seats | Because::Sso | Because::PastDue => Code::NotInPlan,
    };
    let lifted_by = entitled.lifted_by.unwrap_or("support");
    Err(Problem::new(code).detail(format_args!("What would change that: {lifted_by}.")))
}

/// Of operations that call [`require`], besides what the role decides.
pub(super) struct FeatureProblems;

impl IntoResponses for FeatureProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::SubscriptionExpired, Code::NotInPlan])
    }
}
