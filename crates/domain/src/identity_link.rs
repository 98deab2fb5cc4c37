//! Two logins of one person become one account: who may be linked with whom, and what proves it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::role::Role;
use crate::words::words;

/// How long ago somebody may have proved who they are, to be asked nothing more.
pub const FRESH: TimeDelta = TimeDelta::minutes(10);

/// Two clocks may differ by so much.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// How the ids of accounts begin for which a customer's own identity provider vouches (Auth0's enterprise strategies).
const ENTERPRISE: [&str; 13] = [
    "ad",
    "adfs",
    "auth0-adldap",
    "google-apps",
    "ip",
    "oidc",
    "office365",
    "okta",
    "pingfederate",
    "samlp",
    "sharepoint",
    "custom",
    "waad",
];

/// How the ids of accounts begin that have a password.
const DATABASE: &str = "auth0";

/// How far a link has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum LinkState {
    Linking,
    Linked,
    /// It could not be linked, and is an account of its own as before.
    Failed,
    Unlinking,
}

words!(LinkState, UnknownLinkState, "The state of the link is unknown.", {
    Linking = "linking",
    Linked = "linked",
    Failed = "failed",
    Unlinking = "unlinking",
});

/// Why a link came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum LinkFailure {
    /// One of the two accounts is gone.
    AccountGone,
    AccountBlocked,
    /// The other account is several logins already.
    SeveralLogins,
    /// The other account was just buying something.
    HasPlan,
    /// The identity provider does not allow it.
    Refused,
}

words!(LinkFailure, UnknownLinkFailure, "The failure of the link is unknown.", {
    AccountGone = "account_gone",
    AccountBlocked = "account_blocked",
    SeveralLogins = "several_logins",
    HasPlan = "has_plan",
    Refused = "refused",
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    #[error("Both tokens are of one and the same account.")]
    SamePerson,
    /// Its provider disables and provisions it by its own id, which only a main account has.
    #[error("An account of a company's identity provider can only be the main one.")]
    EnterpriseMustBeMain,
}

impl LinkRefusal {
    pub fn code(self) -> &'static str {
        match self {
            Self::SamePerson => "same_person",
            Self::EnterpriseMustBeMain => "enterprise_must_be_main",
        }
    }
}

/// Whether `other` may become a login of `main`. Addresses are not looked at: they prove nothing.
pub fn may_link(main: &UserId, other: &UserId) -> Result<(), LinkRefusal> {
    if main == other {
        return Err(LinkRefusal::SamePerson);
    }
    if ENTERPRISE.contains(&provider(other)) {
        return Err(LinkRefusal::EnterpriseMustBeMain);
    }
    Ok(())
}

/// How the account's id begins, which is the name of the connection too, but for databases and enterprise connections.
fn provider(user: &UserId) -> &str {
    user.as_ref().split('|').next().unwrap_or_default()
}

/// Whether a member with this connection on record may be coming by `other`, a login of the account `main`. Databases are
/// called anything, so that is only certain at Auth0.
pub fn may_be_the_way(recorded: Option<&str>, main: &UserId, other: &UserId) -> bool {
    let (main, other) = (provider(main), provider(other));
    recorded.is_none_or(|recorded| recorded != main && (recorded == other || other == DATABASE))
}

/// Whether a login at this time still proves that it is them who ask; no known time proves nothing.
pub fn is_fresh(authenticated_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    authenticated_at.is_some_and(|at| at <= now + LEEWAY && now - at <= FRESH)
}

/// What one organization has given to either of two members who are one now; never more than it gave itself.
pub fn joint_roles(one: &[Role], other: &[Role]) -> Vec<Role> {
    let mut roles = [one, other].concat();
    roles.sort_unstable();
    roles.dedup();
    roles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> UserId {
        id.parse().unwrap()
    }

    #[test]
    fn an_account_is_not_linked_with_itself() {
        let one = user("auth0|1");
        assert_eq!(may_link(&one, &one), Err(LinkRefusal::SamePerson));
        assert_eq!(may_link(&one, &user("auth0|2")), Ok(()));
    }

    #[test]
    fn what_a_company_vouches_for_stays_a_main_account() {
        let password = user("auth0|1");
        for other in [
            "waad|corp|ada@corp.example",
            "samlp|idp|ada",
            "okta|1",
            "oidc|x|y",
        ] {
            let other = user(other);
            assert_eq!(
                may_link(&password, &other),
                Err(LinkRefusal::EnterpriseMustBeMain)
            );
            assert_eq!(may_link(&other, &password), Ok(()));
        }
        assert_eq!(may_link(&password, &user("google-oauth2|1")), Ok(()));
    }

    #[test]
    fn the_way_in_is_the_other_login_unless_it_is_known_to_be_another() {
        let (password, google) = (user("auth0|1"), user("google-oauth2|1"));
        let (okta, database) = (user("okta|1"), Some("Username-Password-Authentication"));
        for (recorded, main, other, may_be) in [
            (None, &password, &google, true),
            (database, &google, &password, true),
            (database, &okta, &password, true),
            (database, &password, &user("auth0|2"), true),
            (Some("google-oauth2"), &password, &google, true),
            (Some("google-oauth2"), &google, &password, false),
            (database, &password, &google, false),
            (Some("acme-okta"), &okta, &google, false),
        ] {
            let found = may_be_the_way(recorded, main, other);
            assert_eq!(found, may_be, "{recorded:?} {main} {other}");
        }
    }

    #[test]
    fn only_a_login_of_the_last_minutes_is_a_proof() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let ago = |delta| is_fresh(Some(now - delta), now);
        assert!(ago(TimeDelta::zero()) && ago(FRESH) && ago(-LEEWAY));
        assert!(!ago(FRESH + TimeDelta::seconds(1)) && !ago(-LEEWAY - TimeDelta::seconds(1)));
        assert!(!is_fresh(None, now));
    }

    #[test]
    fn two_members_who_become_one_keep_what_both_had() {
        use Role::{OrgAdmin, OrgBilling, OrgMember};
        let roles = joint_roles(&[OrgMember, OrgBilling], &[OrgAdmin, OrgMember]);
        assert_eq!(roles, [OrgAdmin, OrgMember, OrgBilling]);
    }
}
