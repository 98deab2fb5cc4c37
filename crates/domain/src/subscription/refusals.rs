//! Why a subscription does not change: one enum per command. The sentences are for the `detail` of an answer.

use crate::catalogue::ChoosePlanRefusal;
use crate::plan::Plan;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayRefusal {
    #[error(transparent)]
    Choice(#[from] ChoosePlanRefusal),
    #[error("The plan {plan} is already paid and has not ended.")]
    AnotherPlan { plan: Plan },
}

impl PayRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::Choice(refusal) => refusal.code(),
            Self::AnotherPlan { .. } => "another_plan_runs",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActivateRefusal {
    #[error("The subscription does not wait for its organization.")]
    NotInActivation,
}

impl ActivateRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotInActivation => "not_in_activation",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RenewRefusal {
    #[error(transparent)]
    Seats(#[from] ChoosePlanRefusal),
    #[error("Nothing was ever paid that could be renewed.")]
    NeverPaid,
    #[error("The plan {plan} is not of the same kind of customer.")]
    OtherKind { plan: Plan },
    #[error("The organization that was paid for does not exist yet.")]
    InActivation,
}

impl RenewRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::Seats(refusal) => refusal.code(),
            Self::NeverPaid => "never_paid",
            Self::OtherKind { .. } => "needs_conversion",
            Self::InActivation => "in_activation",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoverRefusal {
    #[error(transparent)]
    Seats(#[from] ChoosePlanRefusal),
    #[error("No payment is outstanding.")]
    NotPastDue,
}

impl RecoverRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::Seats(refusal) => refusal.code(),
            Self::NotPastDue => "not_past_due",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PastDueRefusal {
    #[error("Nothing was ever paid that could be past due.")]
    NeverPaid,
    #[error("The organization that was paid for does not exist yet.")]
    InActivation,
    #[error("The subscription has already ended.")]
    Ended,
}

impl PastDueRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::NeverPaid => "never_paid",
            Self::InActivation => "in_activation",
            Self::Ended => "subscription_ended",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExpireRefusal {
    #[error("The subscription has not ended yet.")]
    StillRuns,
    #[error("The organization that was paid for does not exist yet.")]
    InActivation,
}

impl ExpireRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::StillRuns => "subscription_runs",
            Self::InActivation => "in_activation",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefusal {
    #[error("A trial ends by itself; there is nothing to cancel.")]
    Trial,
    #[error("The organization that was paid for does not exist yet.")]
    InActivation,
    #[error("The subscription has already ended.")]
    Ended,
}

impl CancelRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::Trial => "nothing_to_cancel",
            Self::InActivation => "in_activation",
            Self::Ended => "subscription_ended",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResumeRefusal {
    #[error("Nothing was paid that could be resumed.")]
    Trial,
    #[error("A payment is outstanding.")]
    PastDue,
    #[error("The subscription has already ended.")]
    Ended,
}

impl ResumeRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::Trial => "nothing_to_resume",
            Self::PastDue => "payment_outstanding",
            Self::Ended => "subscription_ended",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExtendRefusal {
    #[error("Only a trial can be extended.")]
    NotATrial,
}

impl ExtendRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotATrial => "not_a_trial",
        }
    }
}
