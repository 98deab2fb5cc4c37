//! The steps from a checkout to an organization, and the names that it may get.

use crate::ids::ConversionId;
use crate::organization::OrganizationName;
use crate::role::{UnknownName, named};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named! {
    /// How far a conversion has come. `Paid` waits for the organization's name; a personal plan goes from `Requested`
    /// to `Committed`, it has no organization.
    ConversionStep, "conversion step" {
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
    }
}

impl ConversionStep {
    /// Nothing more happens by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Parked)
    }
}

/// The name to try when `try_no` earlier ones belonged to somebody else: the wanted one first, then the wanted one with
/// a part that only this conversion has. The same conversion always tries the same names in the same order, so that a
/// repeated run finds what an earlier one made.
pub fn candidate_name(
    wanted: &OrganizationName,
    id: ConversionId,
    try_no: u32,
) -> OrganizationName {
    if try_no == 0 {
        return wanted.clone();
    }
    // The first digits of a UUIDv7 are its time and shared by neighbours; the last are random.
    let simple = id.as_uuid().simple().to_string();
    let suffix = format!("-{}-{try_no}", &simple[simple.len() - 8..]);
    let kept: String = wanted.as_ref().chars().take(50 - suffix.len()).collect();
    let kept = kept.trim_end_matches(['-', '_']);
    format!("{kept}{suffix}")
        .try_into()
        .expect("a valid name stays valid when shortened and given a suffix of digits")
}
