//! The plans, how often they are paid, and what a plan can include.

use serde::{Deserialize, Serialize};

use crate::words::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Plan {
    Trial,
    Personal,
    Team,
    Enterprise,
}

words!(Plan, UnknownPlan, "The plan is not one of trial, personal, team and enterprise.", {
    Trial = "trial",
    Personal = "personal",
    Team = "team",
    Enterprise = "enterprise",
});

impl Plan {
    pub fn is_paid(self) -> bool {
        self != Self::Trial
    }

    /// Whether paying for it creates an organization.
    pub fn needs_organization(self) -> bool {
        match self {
            Self::Trial | Self::Personal => false,
            Self::Team | Self::Enterprise => true,
        }
    }
}

/// How often a plan is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Interval {
    Month,
    Year,
}

words!(Interval, UnknownInterval, "The interval is not one of month and year.", {
    Month = "month",
    Year = "year",
});

/// What a plan can include, beside its seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Feature {
    Projects,
    Members,
    Sso,
    Scim,
    AuditExport,
    UserStore,
}

words!(Feature, UnknownFeature, "The feature is unknown.", {
    Projects = "projects",
    Members = "members",
    Sso = "sso",
    Scim = "scim",
    AuditExport = "audit_export",
    UserStore = "user_store",
});
