//! What the plan lets the caller do now, and what would change that.

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::entitlement::Circumstances;
use domain::usage::Period;
use domain::{Because, Entitlement, Role};
use serde::Serialize;
use store::TenantTx;
use utoipa::ToSchema;

use super::subscription::subscription;
use super::usage::{self, CounterBody};
use crate::app::AppState;
use crate::auth::permissions::ReadBilling;
use crate::auth::{Authorized, Me};
use crate::openapi::problems::{MeProblems, TenantProblems};
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = Entitlements)]
struct EntitlementsBody {
    /// One for each feature that is sold.
    entitlements: Vec<EntitlementBody>,
    /// One for each metric: what was used in this month, as in `/usage`, and what the plan allows.
    allowances: Vec<CounterBody>,
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
    /// Of `members`, with pending invitations and additions.
    used: Option<u32>,
    /// Why it is not allowed, or will not be for long: `plan`, `seats`, `role`, `sso`, `past_due`, `suspended`,
    /// `expired` or `over_limit`.
    because: Option<&'static str>,
    /// What would lift it: a plan, a role, `more_seats`, `identity_provider`, `payment` or `support`.
    lifted_by: Option<&'static str>,
}

/// What the caller can use in the organization. The same decisions guard the operations themselves.
///
/// While the plan has fewer seats than members, nobody can join, and whoever is beyond the seats reads only
/// (`over_limit`); administrators have their seats first, then who joined first. Nobody is removed.
#[utoipa::path(
    operation_id = "list_entitlements",
    tag = "billing",
    params(("org_id" = String, Path)),
    responses((status = 200, body = EntitlementsBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/entitlements")]
pub(super) async fn in_organization(
    mut caller: Authorized<ReadBilling>,
    state: web::Data<AppState>,
) -> Result<web::Json<EntitlementsBody>, Problem> {
    let member = caller.tx.member(&caller.member.person.user_id).await?;
    let over_limit = member.is_some_and(|member| member.over_limit);
    let roles = Some(caller.member.roles.as_slice());
    list(&mut caller.tx, roles, over_limit, state.clock.now()).await
}

/// What the caller can use on their own, in the trial or a personal plan.
#[utoipa::path(
    operation_id = "list_my_entitlements",
    tag = "me",
    responses((status = 200, body = EntitlementsBody), MeProblems),
)]
#[get("/v1/me/entitlements")]
pub(super) async fn of_me(
    mut me: Me,
    state: web::Data<AppState>,
) -> Result<web::Json<EntitlementsBody>, Problem> {
    list(&mut me.tx, None, false, state.clock.now()).await
}

async fn list(
    tx: &mut TenantTx,
    roles: Option<&[Role]>,
    over_limit: bool,
    now: DateTime<Utc>,
) -> Result<web::Json<EntitlementsBody>, Problem> {
    let subscription = subscription(tx).await?;
    let circumstances = Circumstances {
        subscription: &subscription,
        usage: tx.usage(now).await?,
        roles,
        // A suspended organization's members do not get here.
        suspended: false,
        over_limit,
        now,
    };
    let entitlements = circumstances.entitlements().into_iter();
    Ok(web::Json(EntitlementsBody {
        entitlements: entitlements.map(Into::into).collect(),
        allowances: usage::counters(tx, subscription.plan, Period::of(now)).await?,
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
