//! Who changes a subscription, and the one way in which a change at Stripe becomes ours: Stripe is told under a key that
//! a repeat has again, the subscription is read anew, and what Stripe has now is applied. Whatever breaks off in
//! between, the webhook does the rest.

use std::collections::BTreeMap;
use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use domain::subscription::InUse;
use domain::{Feature, TenantId, UserId, UserStoreKind};
use store::{SubscriptionRecord, TenantTx};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};
use uuid::Uuid;

use super::{SubscriptionBody, missing, record};
use crate::app::AppState;
use crate::auth::permissions::WriteBilling;
use crate::auth::{Authorized, Me};
use crate::billing;
use crate::billing::wire::Subscription;
use crate::idempotency::{Attempt, Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};
use crate::workflows::payment::{Actor, Cause, MoreInTrial, bring};

/// How often Stripe is read anew when our row changes meanwhile.
const READS: u32 = 10;

/// An open transaction in the tenant that pays, and whoever may change what it pays for.
pub(in crate::routes) struct Payer {
    pub(in crate::routes) tx: TenantTx,
    /// Whose the `Idempotency-Key` is.
    pub(in crate::routes) user: UserId,
    pub(in crate::routes) cause: Cause,
}

impl From<Me> for Payer {
    fn from(me: Me) -> Self {
        let user = me.person.user_id;
        Self {
            tx: me.tx,
            cause: Cause {
                by: Actor::Person(user.clone()),
                shown_to: Some(user.clone()),
                ..Cause::default()
            },
            user,
        }
    }
}

impl From<Authorized<WriteBilling>> for Payer {
    fn from(caller: Authorized<WriteBilling>) -> Self {
        let user = caller.token.person.user_id;
        Self {
            tx: caller.tx,
            cause: Cause {
                by: Actor::Person(user.clone()),
                ..Cause::default()
            },
            user,
        }
    }
}

/// The right to carry out one change, and the id that makes its keys at Stripe.
pub(in crate::routes) enum Turn {
    /// To be judged, then carried out.
    New(Attempt, Uuid),
    /// It was judged before and broke off; only to be carried out.
    Again(Attempt, Uuid),
    Done(HttpResponse),
}

/// What is left of a payer while Stripe is asked: no connection is held.
pub(in crate::routes) struct Absent {
    tenant: TenantId,
    cause: Cause,
    address: Option<IpAddr>,
}

impl Payer {
    pub(in crate::routes) async fn turn(
        &mut self,
        state: &AppState,
        idempotency: &Idempotency,
        route: &'static str,
        body: &[u8],
    ) -> Result<Turn, Problem> {
        let now = state.clock.now();
        let user = &self.user;
        match idempotency
            .begin(&mut self.tx, user, route, body, now)
            .await?
        {
            Begun::Done(response) => Ok(Turn::Done(response)),
            Begun::Unfinished(attempt, id) => Ok(Turn::Again(attempt, id)),
            Begun::Fresh(attempt) => {
                let id = Uuid::now_v7();
                attempt.note(&mut self.tx, id).await?;
                Ok(Turn::New(attempt, id))
            }
        }
    }

    pub(in crate::routes) async fn record(&mut self) -> Result<SubscriptionRecord, Problem> {
        let found = self.tx.lock_subscription().await?;
        found.ok_or_else(|| missing(&self.tx))
    }

    /// What a lesser plan would have to have room for.
    pub(in crate::routes) async fn in_use(&mut self, state: &AppState) -> Result<InUse, Problem> {
        if matches!(self.tx.tenant(), TenantId::Individual(_)) {
            return Ok(InUse::default());
        }
        let usage = self.tx.usage(state.clock.now()).await?;
        let user_store = self.tx.user_store().await?;
        let has_own_store = user_store.is_some_and(|store| store.kind != UserStoreKind::Shared);
        let mut features = Vec::new();
        features.extend((usage.identity_providers > 0).then_some(Feature::Sso));
        features.extend((usage.provisionings > 0).then_some(Feature::Scim));
        features.extend(has_own_store.then_some(Feature::UserStore));
        Ok(InUse {
            seats: usage.seats,
            features,
        })
    }

    /// Commits what is noted.
    pub(in crate::routes) async fn leave(self) -> Result<Absent, Problem> {
        let absent = Absent {
            tenant: self.tx.tenant().clone(),
            cause: self.cause,
            address: self.tx.client_address(),
        };
        self.tx.commit().await?;
        Ok(absent)
    }
}

impl Absent {
    pub(in crate::routes) fn more_in_trial(&self) -> MoreInTrial {
        self.cause.more_in_trial
    }

    pub(super) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    pub(super) async fn transaction(&self, state: &AppState) -> Result<TenantTx, Problem> {
        let mut tx = state.store.tenant(&self.tenant).await?;
        tx.came_from(self.address);
        Ok(tx)
    }

    /// What Stripe has, read while nobody changed our row, which is locked now.
    async fn read_at_stripe(
        &self,
        state: &AppState,
        subscription: &str,
    ) -> Result<(TenantTx, SubscriptionRecord, Subscription), Problem> {
        for _ in 0..READS {
            let mut tx = self.transaction(state).await?;
            let seen = record(&mut tx).await?.version;
            drop(tx);
            let found = known(state, subscription).await?;
            let mut tx = self.transaction(state).await?;
            let locked = tx.lock_subscription().await?;
            let locked = locked.ok_or_else(|| missing(&tx))?;
            if locked.version == seen {
                return Ok((tx, locked, found));
            }
        }
        // The webhook brings what was done.
        Err(Problem::new(Code::Conflict)
            .detail("It is being changed by somebody else; read it again."))
    }

    /// Applies what Stripe has now and answers it.
    pub(in crate::routes) async fn settle(
        self,
        state: &AppState,
        attempt: Attempt,
        subscription: &str,
        request_id: RequestId,
    ) -> Result<HttpResponse, Problem> {
        let now = state.clock.now();
        let (mut tx, record, found) = self.read_at_stripe(state, subscription).await?;
        if record.stripe_subscription_id.as_deref() == Some(subscription) {
            let cause = Cause {
                request_id: Some(request_id.to_string()),
                ..self.cause
            };
            let applied = bring(&mut tx, record, &found, cause, now).await?;
            tracing::info!(?applied, subscription, "a subscription was changed here");
        }
        let body = SubscriptionBody::of_tenant(&mut tx, now).await?;
        let response = attempt.finish(&mut tx, StatusCode::OK, &body).await?;
        tx.commit().await?;
        Ok(response)
    }
}

/// # Errors
/// 409 where nothing at Stripe belongs to it: a trial, or what support gave.
pub(in crate::routes) fn at_stripe(record: &SubscriptionRecord) -> Result<String, Problem> {
    let id = record.stripe_subscription_id.clone();
    id.ok_or_else(|| Problem::new(Code::CheckoutRequired))
}

pub(in crate::routes) async fn known(
    state: &AppState,
    subscription: &str,
) -> Result<Subscription, Problem> {
    let found = state.billing.subscription(subscription).await?;
    found.ok_or_else(|| {
        tracing::error!(subscription, "Stripe does not know a subscription of ours");
        Problem::new(Code::BillingUnavailable)
    })
}

/// A card that is refused is the payer's business, not an error of ours.
pub(super) fn declined(error: billing::Error) -> Problem {
    match error {
        billing::Error::Refused { status: 402, code } => {
            Problem::new(Code::PaymentDeclined).detail(format_args!(
                "Nothing has changed. The payment provider says {code}; another card can be given in the portal."
            ))
        }
        other => other.into(),
    }
}

/// Of every operation that changes a subscription at Stripe.
pub(in crate::routes) struct BillingProblems;

impl IntoResponses for BillingProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::CheckoutRequired,
            Code::Conflict,
            Code::BillingUnavailable,
        ])
    }
}
