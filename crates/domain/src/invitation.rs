//! Invitations: whom, as what, how long, how often; and what becomes of one.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::display_name::DisplayName;
use crate::ids::UserId;
use crate::parsed_text::parsed_text;
use crate::role::{Permission, Policies, Role, allows};
use crate::words::words;

/// In one request.
pub const MAX_INVITEES: usize = 10;

/// Auth0's default and its most (Management API, organization invitations).
pub const DEFAULT_TTL_SECONDS: u32 = 7 * 24 * 60 * 60;
pub const MAX_TTL_SECONDS: u32 = 30 * 24 * 60 * 60;

/// Against mail bombing: so many invitations of one organization go out within an hour,
pub const ORGANIZATION_LIMIT: Limit = Limit {
    at_most: 20,
    within: TimeDelta::hours(1),
};
/// and so many of them to one address within a day.
pub const ADDRESS_LIMIT: Limit = Limit {
    at_most: 3,
    within: TimeDelta::days(1),
};

/// An address to write to, in lower case. Nobody is ever found or recognized by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InviteeEmail(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    #[error("The e-mail address is longer than 254 characters.")]
    TooLong,
    #[error("This is not an e-mail address.")]
    Shape,
}

impl InvalidEmail {
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Shape => "invalid_email",
        }
    }
}

parsed_text!(InviteeEmail, InvalidEmail);

impl InviteeEmail {
    /// RFC 5321, 4.5.3.1, less the angle brackets.
    const MAX_BYTES: usize = 254;

    fn check(text: &str) -> Result<String, InvalidEmail> {
        let text = text.trim();
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidEmail::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail::Shape)?;
        if is_local_part(local) && is_domain(domain) {
            Ok(text.to_ascii_lowercase())
        } else {
            Err(InvalidEmail::Shape)
        }
    }
}

/// The atoms of RFC 5322, 3.2.3; quoted local parts exist in standards only.
fn is_local_part(local: &str) -> bool {
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= 64
        && local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom))
}

/// Two labels or more; names in other scripts come as `xn--…`.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

/// What has become of it. That it expired is read off the clock, never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Pending,
    Accepted { by: UserId, at: DateTime<Utc> },
    Revoked { at: DateTime<Utc> },
    Failed { why: Why, at: DateTime<Utc> },
}

/// Why an invitation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Why {
    /// The identity provider did not take it.
    Refused,
    UnknownConnection,
    /// When it was accepted, whoever had sent it could no longer invite.
    InviterNotAllowed,
    /// When it was accepted, the plan had no seat for it.
    NoSeatsLeft,
    /// Somebody else used the link up, once more after it had been sent again by itself.
    Spoiled,
    /// Since then the organization insists on its own identity providers, and it was for none of them.
    SsoEnforced,
}

words!(Why, UnknownWhy, "The reason is unknown.", {
    Refused = "refused",
    UnknownConnection = "unknown_connection",
    InviterNotAllowed = "inviter_not_allowed",
    NoSeatsLeft = "no_seats_left",
    Spoiled = "spoiled",
    SsoEnforced = "sso_enforced",
});

/// An invitation that went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issue {
    /// From 1.
    pub issue: u32,
    pub issued_at: DateTime<Utc>,
    pub reason: IssueReason,
}

/// Why an invitation went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum IssueReason {
    Created,
    /// Somebody who may invite sent it once more, or bound it to the organization's own identity provider.
    Resent,
    /// By itself, since the wrong account had used its link up.
    Reissued,
}

words!(IssueReason, UnknownIssueReason, "The reason is not one of created, resent and reissued.", {
    Created = "created",
    Resent = "resent",
    Reissued = "reissued",
});

impl IssueReason {
    /// Once by itself, then only by somebody's hand: whoever has the link could keep it going for ever.
    pub fn may_be_reissued(self) -> bool {
        match self {
            Self::Created | Self::Resent => true,
            Self::Reissued => false,
        }
    }
}

/// SHA-256 of the secret in an invitation's link: enough to find the invitation, and of no use to accept it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketHash([u8; 32]);

impl From<[u8; 32]> for TicketHash {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl AsRef<[u8]> for TicketHash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// What an invitation looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Status {
    Pending,
    Accepted,
    Expired,
    Revoked,
    Failed,
}

words!(Status, UnknownStatus, "The state is not one of pending, accepted, expired, revoked and failed.", {
    Pending = "pending",
    Accepted = "accepted",
    Expired = "expired",
    Revoked = "revoked",
    Failed = "failed",
});

/// It has been accepted or revoked, and stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The invitation was {} already.", .0.as_str())]
pub struct Closed(pub Status);

impl State {
    pub fn status(&self, expires_at: DateTime<Utc>, now: DateTime<Utc>) -> Status {
        match self {
            Self::Pending if now < expires_at => Status::Pending,
            Self::Pending => Status::Expired,
            Self::Accepted { .. } => Status::Accepted,
            Self::Revoked { .. } => Status::Revoked,
            Self::Failed { .. } => Status::Failed,
        }
    }

    /// Sends it once more; an expired or failed one comes to life again.
    pub fn resend(self) -> Result<Self, Closed> {
        match self {
            Self::Pending | Self::Failed { .. } => Ok(Self::Pending),
            Self::Accepted { .. } => Err(Closed(Status::Accepted)),
            Self::Revoked { .. } => Err(Closed(Status::Revoked)),
        }
    }

    pub fn revoke(self, at: DateTime<Utc>) -> Result<Self, Closed> {
        match self {
            Self::Pending | Self::Failed { .. } => Ok(Self::Revoked { at }),
            Self::Accepted { .. } => Err(Closed(Status::Accepted)),
            Self::Revoked { .. } => Err(Closed(Status::Revoked)),
        }
    }
}

/// How far somebody's right to invite goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every invitation of the organization, with every role.
    All,
    /// Their own invitations, and the member role only.
    Own,
}

impl Reach {
    /// Of a member who `may` do this and that. `needed` is what reaches all; where the organization lets its members
    /// invite, whoever may change anything at all in it reaches their own.
    pub fn of(
        may: impl Fn(Permission) -> bool,
        needed: Permission,
        policies: Policies,
    ) -> Option<Self> {
        if may(needed) {
            Some(Self::All)
        } else if policies.members_can_invite
            && Permission::ALL
                .iter()
                .any(|permission| permission.writes() && may(*permission))
        {
            Some(Self::Own)
        } else {
            None
        }
    }

    pub fn grantable(self) -> &'static [Role] {
        match self {
            Self::All => Role::ALL,
            Self::Own => &[Role::OrgMember],
        }
    }
}

/// Which roles somebody with these roles may give to others.
pub fn grantable(roles: &[Role], policies: Policies) -> &'static [Role] {
    let may = |permission| allows(roles, permission);
    Reach::of(may, Permission::InvitationsWrite, policies).map_or(&[], Reach::grantable)
}

/// A name as a mail from us may say it: people choose it themselves at their identity provider. None for one that is no
/// name, or that a template might take for its own.
pub fn name_in_mail(name: &str) -> Option<String> {
    let name: DisplayName = name.parse().ok()?;
    (!name.as_ref().contains(['{', '}'])).then(|| name.into())
}

/// What an invitation's roles come to when it is accepted and its inviter may give only these: all of them, else the
/// member role, else, when even that is not the inviter's to give, nothing.
pub fn granted(wanted: &[Role], grantable: &[Role]) -> Option<Vec<Role>> {
    if !wanted.is_empty() && wanted.iter().all(|role| grantable.contains(role)) {
        Some(wanted.to_vec())
    } else {
        grantable
            .contains(&Role::OrgMember)
            .then(|| vec![Role::OrgMember])
    }
}

/// At most so many within any span of this length.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub at_most: usize,
    pub within: TimeDelta,
}

impl Limit {
    pub fn since(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - self.within
    }

    /// None when `more` may follow now on what happened at `earlier` times, oldest first; else the time to wait for it.
    /// More at once than there may be at all wait for the whole span.
    pub fn wait(
        &self,
        earlier: &[DateTime<Utc>],
        more: usize,
        now: DateTime<Utc>,
    ) -> Option<TimeDelta> {
        let begun = earlier.partition_point(|at| *at <= self.since(now));
        let recent = &earlier[begun..];
        let over = (recent.len() + more).checked_sub(self.at_most)?;
        let last_in_the_way = recent.get(over.checked_sub(1)?).or(recent.last());
        Some(last_in_the_way.map_or(self.within, |at| *at + self.within - now))
    }
}

#[cfg(test)]
mod tests;
