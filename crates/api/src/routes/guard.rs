//! The guard of what a plan or a role may lack: the same decision that `GET /entitlements` shows.
//!
//! A handler asks in the transaction of its operation: `caller.guard(Feature::Projects, now).await?`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::entitlement::Circumstances;
use domain::{Because, Entitlement, Feature, Role, Usage};
use store::TenantTx;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::subscription::subscription;
use crate::auth::Authorized;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};

impl<P> Authorized<P> {
    /// # Errors
    /// 402 when the plan has ended or does not include it, 403 when the role does not.
    pub(super) async fn guard(
        &mut self,
        feature: Feature,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        guard(&mut self.tx, feature, Some(&self.member.roles), now).await
    }
}

/// Without roles for a person on their own. Who has no seat and whose organization is suspended does not get here.
///
/// # Errors
/// See [`Authorized::guard`].
pub(super) async fn guard(
    tx: &mut TenantTx,
    feature: Feature,
    roles: Option<&[Role]>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let subscription = subscription(tx).await?;
    let usage = if feature.is_counted() {
        tx.usage(now).await?
    } else {
        Usage::default()
    };
    let circumstances = Circumstances {
        subscription: &subscription,
        usage,
        roles,
        suspended: false,
        over_limit: false,
        now,
    };
    refuse(circumstances.entitlement(feature))
}

fn refuse(entitlement: Entitlement) -> Result<(), Problem> {
    let Some(because) = entitlement.because.filter(|_| !entitlement.allowed) else {
        return Ok(());
    };
    let code = match because {
        Because::Expired => Code::SubscriptionExpired,
        Because::Suspended => Code::OrgSuspended,
        Because::Role => Code::PermissionDenied,
        Because::Seats => Code::NoSeatsLeft,
        Because::OverLimit => Code::OverLimit,
        Because::Plan | Because::Sso | Because::PastDue => Code::NotInPlan,
    };
    let lifted_by = entitlement.lifted_by.unwrap_or("support");
    Err(Problem::new(code)
        .detail(format_args!("What would change that: {lifted_by}."))
        .because(because, lifted_by))
}

/// Of operations that call the guard, besides what the role decides.
pub(super) struct FeatureProblems;

impl IntoResponses for FeatureProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::SubscriptionExpired, Code::NotInPlan])
    }
}
