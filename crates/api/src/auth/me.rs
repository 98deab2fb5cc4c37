//! The caller as a tenant of their own, with or without an organization.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Utc};
use domain::{IndividualId, Person, Plan, Subscription};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use store::{SubscriptionRecord, TenantTx};
use uuid::Uuid;

use super::{AccessToken, SignedIn};
use crate::app::AppState;
use crate::audit;
use crate::problem::Problem;

/// An open transaction in the caller's own tenant. The first call ever creates that tenant and starts its trial.
pub struct Me {
    pub person: Person,
    pub individual: IndividualId,
    pub tx: TenantTx,
    pub token: AccessToken,
}

impl FromRequest for Me {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed_in = SignedIn::from_request(request, payload);
        let request = request.clone();
        async move {
            let SignedIn(token) = signed_in.await?;
            open(AppState::of(&request), token).await
        }
        .boxed_local()
    }
}

async fn open(state: &AppState, token: AccessToken) -> Result<Me, Problem> {
    let now = state.clock.now();
    let person = token.person.clone();
    let new = IndividualId::from_uuid(Uuid::now_v7());
    let mut opened = state.store.individual(&person, new.clone(), now).await?;
    if opened.created {
        // Committed on its own: the trial has begun even if the request that saw the person first is refused.
        start_trial(&mut opened.tx, &token, state.config.trial_days, now).await?;
        opened.tx.commit().await?;
        opened = state.store.individual(&person, new, now).await?;
    }
    Ok(Me {
        person,
        individual: opened.individual,
        tx: opened.tx,
        token,
    })
}

async fn start_trial(
    tx: &mut TenantTx,
    token: &AccessToken,
    days: u32,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let subscription = trial(token, days, now);
    tx.save_subscription(&SubscriptionRecord::new(subscription.clone()))
        .await?;
    let mut started = audit::by_person(
        &token.person.user_id,
        "trial.started",
        "subscription".into(),
        now,
    );
    started.after = Some(serde_json::json!({ "ends_at": subscription.ends_at() }));
    tx.insert_audit_event(&started).await?;
    Ok(())
}

/// The login Action may have started it before we saw the person; its end then counts, but never beyond our own.
fn trial(token: &AccessToken, days: u32, now: DateTime<Utc>) -> Subscription {
    let ours = Subscription::start_trial(now, days);
    match &token.subscription_claim {
        Some(claim) if token.organization.is_none() && claim.plan == Plan::Trial => {
            Subscription::trial_until(claim.end.min(ours.ends_at()))
        }
        Some(_) | None => ours,
    }
}
