//! The portal's buttons for a subscription: another plan or number of seats, cancel, resume.

use actix_web::{HttpResponse, post, web};
use serde::Deserialize;

use super::super::super::account::{Account, Cause};
use super::super::super::billing_portal::{FlowKind, PortalSession};
use super::super::super::cards::Attempt;
use super::super::super::error::StripeError;
use super::super::super::portal_configurations::Features;
use super::super::super::subscriptions::{Asked, Cancellation, Outcome as Change};
use super::{Outcome, act};
use crate::state::State;

/// Most seats that the page's form takes.
pub(super) const MOST_SEATS: i64 = 999_999;

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wish {
    Cancel,
    Resume,
    Update,
}

#[derive(Deserialize)]
struct WishForm {
    token: String,
    price: Option<String>,
    quantity: Option<i64>,
}

#[post("/portal/{secret}/{subscription}/{wish}")]
pub(crate) async fn change(
    state: web::Data<State>,
    path: web::Path<(String, String, Wish)>,
    form: web::Form<WishForm>,
) -> HttpResponse {
    let (secret, subscription, wish) = path.into_inner();
    act(&state, &secret, &form.token, |account, session, cause| {
        let owned = account
            .subscriptions
            .get(&subscription)
            .is_some_and(|found| found.customer == session.customer && !found.is_over());
        let features = account.features(session);
        let allowed = match wish {
            Wish::Cancel => features.cancel && session.offers(FlowKind::SubscriptionCancel),
            Wish::Resume => features.cancel,
            Wish::Update => features.update && session.offers(FlowKind::SubscriptionUpdate),
        };
        if !owned || !allowed {
            return Outcome::Closed;
        }
        let done = match wish {
            Wish::Cancel if !features.cancel_at_period_end => {
                account.end_subscription(&subscription, cause).map(|_| None)
            }
            Wish::Cancel => account.end_later(&subscription, true, cause),
            Wish::Resume => account.end_later(&subscription, false, cause),
            Wish::Update => update(account, session, &subscription, &form, cause),
        };
        match done {
            Ok(None) => Outcome::Done,
            Ok(Some(reason)) => Outcome::Refused(reason),
            Err(refusal) => Outcome::Refused(refusal.to_string()),
        }
    })
}

/// Why it was refused, if it was.
type Done = Result<Option<String>, StripeError>;

fn update(
    account: &mut Account,
    session: &PortalSession,
    id: &str,
    form: &WishForm,
    cause: &Cause,
) -> Done {
    let features = account.features(session);
    let current = account.subscription(id)?.clone();
    let may = |what: &str| features.allowed_updates.iter().any(|known| known == what);
    let price = form.price.clone().filter(|_| may("price"));
    let quantity = form.quantity.filter(|_| may("quantity"));
    let asked = Asked {
        price: price.unwrap_or_else(|| current.price.clone()),
        quantity: quantity.unwrap_or(current.quantity),
        proration: features.proration,
        at: cause.now,
        restarts: false,
        trial_end: None,
    };
    let listed = |id: &str| {
        features
            .products
            .iter()
            .any(|(_, prices)| prices.iter().any(|p| p == id))
    };
    if !listed(&asked.price) && asked.price != current.price {
        return Ok(Some("This plan is not offered.".to_owned()));
    }
    if !(1..=MOST_SEATS).contains(&asked.quantity) {
        return Ok(Some("The number of seats is out of range.".to_owned()));
    }
    let planned = Change::of(account, &current, &asked, cause.now);
    match account.foreseen_attempt(&planned)? {
        Attempt::Declined(decline) => Ok(Some(decline.message.to_owned())),
        Attempt::ActionRequired => Ok(Some(
            "Your bank wants you to confirm this payment. Please use another card.".to_owned(),
        )),
        Attempt::Paid => {
            account.make_change(id, planned, Attempt::Paid, cause)?;
            Ok(None)
        }
    }
}

impl Account {
    /// What the session's configuration lets the customer do.
    pub(super) fn features(&self, session: &PortalSession) -> Features {
        self.portal_configurations
            .get(&session.configuration)
            .map(|configuration| configuration.features.clone())
            .unwrap_or_default()
    }

    fn end_later(&mut self, id: &str, cancel: bool, cause: &Cause) -> Done {
        if self.subscription(id)?.schedule.is_some() {
            return Ok(Some("A change of this plan is already planned.".to_owned()));
        }
        self.change_subscription(id, cause, |subscription| {
            subscription.cancel_at_period_end = cancel;
            subscription.canceled_at = cancel.then_some(cause.now);
            if !cancel {
                subscription.cancel_at = None;
                subscription.cancellation = Cancellation::default();
            }
        })?;
        Ok(None)
    }
}
