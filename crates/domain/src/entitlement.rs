//! What a tenant may use now, and if not, why and what would change that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::catalogue;
use crate::plan::Feature;
use crate::role::{UnknownName, named};
use crate::subscription::{Status, Subscription};

named! {
    /// Why something is not allowed.
    Because, "reason" { Plan = "plan", Seats = "seats", Expired = "expired", PastDue = "past_due", Suspended = "suspended" }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entitlement {
    pub feature: Feature,
    pub allowed: bool,
    /// `None`: no limit, or none that is counted.
    pub limit: Option<u32>,
    pub used: Option<u32>,
    pub because: Option<Because>,
    /// What the organization could do about it.
    pub lifted_by: Option<&'static str>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub members: u32,
}

pub fn entitlements(
    subscription: &Subscription,
    usage: Usage,
    suspended: bool,
    now: DateTime<Utc>,
) -> Vec<Entitlement> {
    Feature::ALL
        .iter()
        .map(|feature| entitlement(*feature, subscription, usage, suspended, now))
        .collect()
}

/// The one decision about one feature, for showing it and for guarding it.
pub fn entitlement(
    feature: Feature,
    subscription: &Subscription,
    usage: Usage,
    suspended: bool,
    now: DateTime<Utc>,
) -> Entitlement {
    let (limit, used) = match feature {
        Feature::Members => (Some(subscription.seats()), Some(usage.members)),
        Feature::Projects | Feature::Sso | Feature::Scim | Feature::AuditExport => (None, None),
    };
    let is_full = limit.zip(used).is_some_and(|(limit, used)| used >= limit);
    let because = if suspended {
        Some((Because::Suspended, "support"))
    } else if !catalogue::entry(subscription.plan)
        .features
        .contains(&feature)
    {
        Some((Because::Plan, "upgrade"))
    } else if !subscription.is_live(now) {
        match subscription.status(now) {
            Status::PastDue => Some((Because::PastDue, "payment")),
            _ => Some((Because::Expired, "payment")),
        }
    } else if is_full {
        Some((Because::Seats, "more_seats"))
    } else {
        None
    };
    Entitlement {
        feature,
        allowed: because.is_none(),
        limit,
        used,
        because: because.map(|(because, _)| because),
        lifted_by: because.map(|(_, lifted_by)| lifted_by),
    }
}
