//! The trial of a person whom we see for the first time.

use chrono::{DateTime, Utc};
use domain::{Plan, Subscription};
use serde_json::json;
use store::{NewAuditEvent, StoreError, SubscriptionRecord, TenantTx};

use crate::audit;
use crate::auth::AccessToken;
use crate::jobs::kind;

/// Starts the trial in the tenant that `tx` has just created. `days` is how long it lasts at most.
///
/// # Errors
/// The database failed; nothing is kept then.
pub(crate) async fn start(
    tx: &mut TenantTx,
    token: &AccessToken,
    days: u32,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let subscription = trial(token, days, now);
    let ends_at = subscription.ends_at();
    tx.save_subscription(&SubscriptionRecord::new(subscription))
        .await?;
    let user = &token.person.user_id;
    let started = NewAuditEvent {
        after: Some(json!({ "ends_at": ends_at })),
        ..audit::by_person(user, "trial.started", "subscription".to_owned(), now)
    };
    tx.insert_audit_event(&started).await?;
    let payload = json!({ "user_id": user });
    tx.enqueue(
        kind::SUBSCRIPTION_CLAIM,
        kind::SUBSCRIPTION_CLAIM,
        &payload,
        now,
    )
    .await
}

/// Has the worker see whether their company had one already: their address is Auth0's to tell.
pub(crate) async fn look_at_domain(
    tx: &mut TenantTx,
    token: &AccessToken,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let payload = json!({ "user_id": token.person.user_id });
    tx.enqueue(kind::TRIAL_DOMAIN, kind::TRIAL_DOMAIN, &payload, now)
        .await
}

/// The first login starts the trial before we see the person: its end then counts, so that token and database agree. It
/// can only shorten ours, so a trial that is over is not had twice. A login in an organization carries that
/// organization's plan, which says nothing about the person.
fn trial(token: &AccessToken, days: u32, now: DateTime<Utc>) -> Subscription {
    let ours = Subscription::start_trial(now, days);
    match &token.subscription_claim {
        Some(claim) if token.organization.is_none() && claim.plan == Plan::Trial => {
            Subscription::trial_until(claim.end.min(ours.ends_at()))
        }
        Some(_) | None => ours,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn token(claim: Option<&str>, organization: Option<&str>) -> AccessToken {
        AccessToken {
            authenticated_at: None,
            link_with: None,
            connection: None,
            person: domain::Person {
                issuer: "https://tenant.example.com/".parse().unwrap(),
                user_id: "auth0|ada".parse().unwrap(),
            },
            organization: organization.map(|id| id.parse().unwrap()),
            organization_name: None,
            permissions: Vec::new(),
            client_id: "console".to_owned(),
            subscription_claim: claim.map(|claim| claim.parse().unwrap()),
            issued_at: at("2026-12-01T00:00:00Z"),
            expires_at: at("2026-12-01T00:10:00Z"),
        }
    }

    fn end(claim: Option<&str>, organization: Option<&str>) -> TimeDelta {
        let now = at("2026-12-01T00:00:00Z");
        trial(&token(claim, organization), 14, now).ends_at() - now
    }

    #[test]
    fn it_lasts_as_long_as_it_may_when_no_login_has_started_it() {
        assert_eq!(end(None, None), TimeDelta::days(14));
        assert_eq!(
            end(Some("personal;2026-12-02T00:00:00.000Z;active"), None),
            TimeDelta::days(14)
        );
    }

    #[test]
    fn a_login_can_only_shorten_it() {
        assert_eq!(
            end(Some("trial;2026-12-03T00:00:00.000Z;active"), None),
            TimeDelta::days(2)
        );
        assert_eq!(
            end(Some("trial;2027-12-03T00:00:00.000Z;active"), None),
            TimeDelta::days(14)
        );
    }

    #[test]
    fn one_that_is_over_does_not_begin_again() {
        assert_eq!(
            end(Some("trial;2026-11-30T00:00:00.000Z;expired"), None),
            TimeDelta::days(-1)
        );
    }

    #[test]
    fn an_organizations_plan_does_not_count() {
        let claim = Some("trial;2026-12-03T00:00:00.000Z;active");
        assert_eq!(
            end(claim, Some("org_0123456789abcdef")),
            TimeDelta::days(14)
        );
    }
}
