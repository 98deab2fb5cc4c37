//! How far an organization insists on its own identity providers.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::words::words;

/// How long an administrator who has broken the glass may come by another way.
pub const GLASS_LASTS: TimeDelta = TimeDelta::minutes(60);
/// How fresh the login must be with which the glass is broken.
pub const FRESH: TimeDelta = TimeDelta::minutes(5);

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "&'static str")]
pub enum SsoPolicy {
    #[default]
    Off,
    /// Nothing changes; administrators see whom it would lock out.
    Observe,
    /// Those are told.
    Warn,
    /// Those are refused.
    Enforce,
}

words!(SsoPolicy, UnknownSsoPolicy, "The policy is not one of off, observe, warn and enforce.", {
    Off = "off",
    Observe = "observe",
    Warn = "warn",
    Enforce = "enforce",
});

/// What an organization has, before its policy may become [`SsoPolicy::Enforce`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SsoReadiness {
    /// An identity provider that is enabled and through which a test login has succeeded.
    pub tested: bool,
    /// An administrator who comes by another way that is open, and could break the glass while the identity provider is
    /// away.
    pub glass_breaker: bool,
}

/// Why the policy cannot be enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SsoRefusal {
    #[error("No test login through an enabled identity provider has succeeded yet.")]
    Untested,
    #[error(
        "Every administrator comes through an identity provider: while that is away, nobody could get in to change this."
    )]
    NoGlassBreaker,
}

/// Why a change cannot be made while the policy is enforced, and what would lift that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SsoLoss {
    #[error(
        "Single sign-on is enforced, and no other identity provider has had a test login that succeeded: test another one, or set policies.sso to warn first."
    )]
    Provider,
    #[error(
        "Single sign-on is enforced, and no other administrator comes by another way and could break the glass: make one, or set policies.sso to warn first."
    )]
    GlassBreaker,
}

impl SsoReadiness {
    /// Whether what was ready like this may become ready like that. What was lost before, as by the hand of a directory,
    /// is not held against another change.
    pub fn keep(self, policy: SsoPolicy, after: Self) -> Result<(), SsoLoss> {
        match policy {
            SsoPolicy::Off | SsoPolicy::Observe | SsoPolicy::Warn => Ok(()),
            SsoPolicy::Enforce if self.tested && !after.tested => Err(SsoLoss::Provider),
            SsoPolicy::Enforce if self.glass_breaker && !after.glass_breaker => {
                Err(SsoLoss::GlassBreaker)
            }
            SsoPolicy::Enforce => Ok(()),
        }
    }

    pub fn allow(self, wanted: SsoPolicy) -> Result<(), SsoRefusal> {
        match wanted {
            SsoPolicy::Off | SsoPolicy::Observe | SsoPolicy::Warn => Ok(()),
            SsoPolicy::Enforce if !self.tested => Err(SsoRefusal::Untested),
            SsoPolicy::Enforce if !self.glass_breaker => Err(SsoRefusal::NoGlassBreaker),
            SsoPolicy::Enforce => Ok(()),
        }
    }
}

/// What decides for one member, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SsoStanding {
    pub policy: SsoPolicy,
    /// Names of the organization's own connections that are enabled; not looked at while the policy is off.
    pub connections: Vec<String>,
    /// Until when the member may come by another way.
    pub glass_until: Option<DateTime<Utc>>,
}

/// It is not said for which of the organization's identity providers an invitation is, or for another one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("One of the organization's own: {}.", .0.join(", "))]
pub struct NotPinned(pub Vec<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SsoVerdict {
    Passes,
    Warned,
    Refused,
}

impl SsoStanding {
    /// By the connection that the membership has on record and by the one that the token says it came through: both must
    /// be the organization's own. A token that says nothing adds nothing.
    pub fn judge(
        &self,
        recorded: Option<&str>,
        claimed: Option<&str>,
        now: DateTime<Utc>,
    ) -> SsoVerdict {
        let is_own = |name: &str| self.connections.iter().any(|own| own == name);
        let inside = recorded.is_some_and(is_own) && claimed.is_none_or(is_own);
        match self.policy {
            SsoPolicy::Off | SsoPolicy::Observe => SsoVerdict::Passes,
            _ if inside => SsoVerdict::Passes,
            SsoPolicy::Warn => SsoVerdict::Warned,
            SsoPolicy::Enforce if self.glass_until.is_some_and(|until| now < until) => {
                SsoVerdict::Passes
            }
            SsoPolicy::Enforce => SsoVerdict::Refused,
        }
    }

    /// The connection that an invitation is bound to. Where the organization insists on its own, that is one of them.
    pub fn pin(&self, wanted: Option<String>) -> Result<Option<String>, NotPinned> {
        if self.policy != SsoPolicy::Enforce {
            return Ok(wanted);
        }
        match (wanted, self.connections.as_slice()) {
            (Some(wanted), own) if own.contains(&wanted) => Ok(Some(wanted)),
            (None, [only]) => Ok(Some(only.clone())),
            (Some(_) | None, own) => Err(NotPinned(own.to_vec())),
        }
    }

    /// As [`Self::pin`], for an invitation that goes out once more: what it was bound to before may not do any more.
    pub fn pin_again(&self, before: Option<String>) -> Result<Option<String>, NotPinned> {
        let still =
            |name: &String| self.policy != SsoPolicy::Enforce || self.connections.contains(name);
        self.pin(before.filter(still))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn standing(policy: SsoPolicy) -> SsoStanding {
        SsoStanding {
            policy,
            connections: vec!["acme-okta".into()],
            glass_until: None,
        }
    }

    #[test]
    fn both_connections_must_be_the_organizations_own_and_silence_adds_nothing() {
        let enforced = standing(SsoPolicy::Enforce);
        let (own, other) = (Some("acme-okta"), Some("Username-Password-Authentication"));
        for (recorded, claimed, verdict) in [
            (own, own, SsoVerdict::Passes),
            (own, None, SsoVerdict::Passes),
            (own, other, SsoVerdict::Refused),
            (other, own, SsoVerdict::Refused),
            (None, own, SsoVerdict::Refused),
            (None, None, SsoVerdict::Refused),
        ] {
            assert_eq!(
                enforced.judge(recorded, claimed, now()),
                verdict,
                "{recorded:?} {claimed:?}"
            );
        }
    }

    #[test]
    fn each_step_does_what_it_says() {
        for (policy, verdict) in [
            (SsoPolicy::Off, SsoVerdict::Passes),
            (SsoPolicy::Observe, SsoVerdict::Passes),
            (SsoPolicy::Warn, SsoVerdict::Warned),
            (SsoPolicy::Enforce, SsoVerdict::Refused),
        ] {
            assert_eq!(
                standing(policy).judge(Some("google-oauth2"), None, now()),
                verdict
            );
            assert_eq!(
                standing(policy).judge(Some("acme-okta"), None, now()),
                SsoVerdict::Passes
            );
        }
    }

    #[test]
    fn broken_glass_is_good_for_its_time_to_the_second() {
        let mut enforced = standing(SsoPolicy::Enforce);
        enforced.glass_until = Some(now() + GLASS_LASTS);
        let judge = |at| enforced.judge(None, None, at);
        assert_eq!(
            judge(now() + GLASS_LASTS - TimeDelta::seconds(1)),
            SsoVerdict::Passes
        );
        assert_eq!(judge(now() + GLASS_LASTS), SsoVerdict::Refused);
    }

    #[test]
    fn an_invitation_is_for_the_organizations_own_identity_provider() {
        let (own, other) = (
            Some("acme-okta".to_owned()),
            Some("google-oauth2".to_owned()),
        );
        let loose = standing(SsoPolicy::Warn);
        assert_eq!(loose.pin(other.clone()), Ok(other.clone()));
        assert_eq!(loose.pin_again(None), Ok(None));
        let mut enforced = standing(SsoPolicy::Enforce);
        assert_eq!(enforced.pin(None), Ok(own.clone()));
        assert_eq!(enforced.pin(own.clone()), Ok(own.clone()));
        assert!(enforced.pin(other.clone()).is_err());
        assert_eq!(enforced.pin_again(other.clone()), Ok(own.clone()));
        enforced.connections.push("acme-saml".into());
        assert_eq!(enforced.pin_again(own.clone()), Ok(own));
        for again in [None, other] {
            let refused = enforced.pin_again(again).unwrap_err();
            assert_eq!(
                refused.to_string(),
                "One of the organization's own: acme-okta, acme-saml."
            );
        }
    }

    #[test]
    fn it_is_enforced_only_after_a_test_and_with_a_way_back() {
        let ready = |tested, glass_breaker| SsoReadiness {
            tested,
            glass_breaker,
        };
        let enforce = SsoPolicy::Enforce;
        assert_eq!(ready(false, true).allow(enforce), Err(SsoRefusal::Untested));
        assert_eq!(
            ready(true, false).allow(enforce),
            Err(SsoRefusal::NoGlassBreaker)
        );
        assert_eq!(ready(true, true).allow(enforce), Ok(()));
        for policy in [SsoPolicy::Off, SsoPolicy::Observe, SsoPolicy::Warn] {
            assert_eq!(ready(false, false).allow(policy), Ok(()));
        }
    }

    #[test]
    fn while_it_is_enforced_neither_the_provider_nor_the_way_back_is_given_up() {
        let ready = |tested, glass_breaker| SsoReadiness {
            tested,
            glass_breaker,
        };
        let kept = |after| ready(true, true).keep(SsoPolicy::Enforce, after);
        assert_eq!(kept(ready(false, true)), Err(SsoLoss::Provider));
        assert_eq!(kept(ready(true, false)), Err(SsoLoss::GlassBreaker));
        assert_eq!(kept(ready(true, true)), Ok(()));
        let lost = ready(false, false);
        assert_eq!(lost.keep(SsoPolicy::Enforce, lost), Ok(()));
        for policy in [SsoPolicy::Off, SsoPolicy::Observe, SsoPolicy::Warn] {
            assert_eq!(ready(true, true).keep(policy, lost), Ok(()));
        }
    }
}
