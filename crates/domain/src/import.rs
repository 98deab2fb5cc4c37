//! Organizations that Auth0 had before us: what becomes of each when it is imported.

use serde::{Deserialize, Serialize};

use crate::words::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Outcome {
    Pending,
    /// A dry run found nothing against it.
    Importable,
    Imported,
    AlreadyOurs,
    Refused,
}

words!(Outcome, UnknownOutcome, "The outcome is unknown.", {
    Pending = "pending",
    Importable = "importable",
    Imported = "imported",
    AlreadyOurs = "already_ours",
    Refused = "refused",
});

/// What becomes of a user who is brought into an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum UserOutcome {
    Pending,
    /// Auth0 has the account; the membership is still to come.
    Stored,
    /// A new account, and a member.
    Created,
    /// An account that was there, and a member.
    Updated,
    Failed,
}

words!(UserOutcome, UnknownUserOutcome, "The outcome is unknown.", {
    Pending = "pending",
    Stored = "stored",
    Created = "created",
    Updated = "updated",
    Failed = "failed",
});

/// Why an organization was not imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Why {
    /// Auth0 has no such organization.
    NotFound,
    InvalidName,
    /// Another customer of ours has its name.
    NameTaken,
    /// It belongs to another environment of ours that shares the tenant.
    OtherEnvironment,
    /// A purchase or the back office is creating it at the moment.
    BeingCreated,
    /// Auth0 takes 25 entries of metadata, and ours have no room.
    MetadataFull,
    /// More members than seats, and nobody said that this is as it should be.
    TooFewSeats,
    /// Auth0 refused it; the log says how.
    Failed,
}

words!(Why, UnknownWhy, "The reason is unknown.", {
    NotFound = "not_found",
    InvalidName = "invalid_name",
    NameTaken = "name_taken",
    OtherEnvironment = "other_environment",
    BeingCreated = "being_created",
    MetadataFull = "metadata_full",
    TooFewSeats = "too_few_seats",
    Failed = "failed",
});
