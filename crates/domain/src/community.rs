//! Friends whom individuals invite into the one community organization, where one is configured.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::invitation::{self, Limit};
use crate::role::Role;
use crate::words::words;

/// Against mail bombing: so many invitations of one individual within a day.
pub const INVITER_LIMIT: Limit = Limit {
    at_most: 10,
    within: TimeDelta::days(1),
};

/// What a friend becomes.
pub const FRIEND: Role = Role::OrgMember;

/// What the inviter sees of an invitation. That the friend was a member, or invited, already looks like `Sent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Sending,
    Sent,
    Accepted,
    Failed(Failure),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Failure {
    /// There is no community organization any more.
    NotConfigured,
    /// The community organization is suspended, or its plan has ended.
    Unavailable,
    NoSeatsLeft,
    /// The identity provider did not take it.
    Refused,
    /// An administrator of the community took it back.
    Revoked,
    InviterNotAllowed,
    /// The wrong account used its link up twice.
    Spoiled,
}

words!(Failure, UnknownFailure, "The reason is unknown.", {
    NotConfigured = "not_configured",
    Unavailable = "unavailable",
    NoSeatsLeft = "no_seats_left",
    Refused = "refused",
    Revoked = "revoked",
    InviterNotAllowed = "inviter_not_allowed",
    Spoiled = "spoiled",
});

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Failed(_) => "failed",
        }
    }

    pub fn failure(self) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Sending | Self::Sent | Self::Accepted => None,
        }
    }

    /// What the organization's invitation says to its inviter; `is_delivered` once Auth0 has it.
    pub fn of(invitation: &invitation::State, is_delivered: bool) -> Self {
        use invitation::State::{Accepted, Failed, Pending, Revoked};
        match invitation {
            Pending if is_delivered => Self::Sent,
            Pending => Self::Sending,
            Accepted { .. } => Self::Accepted,
            Revoked { .. } => Self::Failed(Failure::Revoked),
            Failed { why, .. } => Self::Failed(match why {
                invitation::Why::Refused | invitation::Why::UnknownConnection => Failure::Refused,
                invitation::Why::InviterNotAllowed => Failure::InviterNotAllowed,
                invitation::Why::NoSeatsLeft => Failure::NoSeatsLeft,
                invitation::Why::Spoiled => Failure::Spoiled,
                invitation::Why::SsoEnforced => Failure::Unavailable,
            }),
        }
    }
}

/// Which roles an individual may give: the word of an individual counts while the organization is the community.
pub fn grantable(is_community: bool) -> &'static [Role] {
    if is_community { &[FRIEND] } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_individual_gives_the_member_role_to_the_community_only() {
        assert_eq!(grantable(true), [Role::OrgMember]);
        assert!(grantable(false).is_empty());
    }

    #[test]
    fn nothing_is_sent_before_auth0_has_it() {
        let pending = invitation::State::Pending;
        assert_eq!(State::of(&pending, false), State::Sending);
        assert_eq!(State::of(&pending, true), State::Sent);
    }
}
