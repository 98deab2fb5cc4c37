//! A payment that becomes an organization: its steps, and the names it tries.

use serde::{Deserialize, Serialize};

use crate::ids::ConversionId;
use crate::organization::OrganizationName;
use crate::words::words;

/// How far a conversion has come. The order of the first eight is the order in which they are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum ConversionStep {
    /// The checkout was opened.
    Requested,
    /// Paid; waits for the organization's name.
    Paid,
    Named,
    OrganizationCreated,
    MemberAdded,
    RoleSet,
    /// Our own database knows the organization.
    Committed,
    Done,
    /// The payment was taken back; what was made goes away again.
    Cancelling,
    Cancelled,
    /// A person has to look.
    Parked,
}

words!(ConversionStep, UnknownConversionStep, "The step of the conversion is unknown.", {
    Requested = "requested",
    Paid = "paid",
    Named = "named",
    OrganizationCreated = "organization_created",
    MemberAdded = "member_added",
    RoleSet = "role_set",
    Committed = "committed",
    Done = "done",
    Cancelling = "cancelling",
    Cancelled = "cancelled",
    Parked = "parked",
});

/// What the buyer's page shows of a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum ConversionStatus {
    AwaitingPayment,
    AwaitingName,
    Provisioning,
    Ready,
    Cancelled,
    /// We look into it; the payment is recorded.
    Delayed,
}

words!(ConversionStatus, UnknownConversionStatus, "The status of the conversion is unknown.", {
    AwaitingPayment = "awaiting_payment",
    AwaitingName = "awaiting_name",
    Provisioning = "provisioning",
    Ready = "ready",
    Cancelled = "cancelled",
    Delayed = "delayed",
});

impl ConversionStep {
    /// Nothing more happens by itself, not even after a payment's end.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }

    pub fn status(self) -> ConversionStatus {
        match self {
            Self::Requested => ConversionStatus::AwaitingPayment,
            Self::Paid => ConversionStatus::AwaitingName,
            Self::Named | Self::OrganizationCreated | Self::MemberAdded | Self::RoleSet => {
                ConversionStatus::Provisioning
            }
            // The organization can be used; what remains is to refresh what the login shows.
            Self::Committed | Self::Done => ConversionStatus::Ready,
            Self::Cancelling | Self::Cancelled => ConversionStatus::Cancelled,
            Self::Parked => ConversionStatus::Delayed,
        }
    }
}

/// The name for the organization at the `try_no`-th try: the wanted one, then the wanted one with the end of the
/// conversion's id and the number. Every try has another name and the same try always has the same one, so a run that
/// was killed finds again what it made.
pub fn candidate_name(
    wanted: &OrganizationName,
    id: ConversionId,
    try_no: u32,
) -> OrganizationName {
    if try_no == 0 {
        return wanted.clone();
    }
    let candidate = with_suffix(wanted, id, try_no);
    // Who knows the id of their conversion can ask for the very name of a later try. No try bears the number 0.
    if candidate == *wanted {
        with_suffix(wanted, id, 0)
    } else {
        candidate
    }
}

fn with_suffix(wanted: &OrganizationName, id: ConversionId, number: u32) -> OrganizationName {
    // The last digits of a UUIDv7 are random; the first ones are the time, which two buyers share.
    let uuid = id.as_uuid().simple().to_string();
    let suffix = format!("-{}-{number}", &uuid[24..]);
    let room = OrganizationName::MAX_CHARS - suffix.len();
    let kept = wanted.as_ref();
    let kept = kept[..kept.len().min(room)].trim_end_matches(['-', '_']);
    OrganizationName::try_from(format!("{kept}{suffix}"))
        .expect("a valid name, cut and continued with hexadecimal digits, is valid")
}

#[cfg(test)]
mod tests;
