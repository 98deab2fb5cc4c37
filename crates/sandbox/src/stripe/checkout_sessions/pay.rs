//! What the hosted page's button does: charge the card, start the subscription, tell the merchant.

use super::super::account::{Account, Cause};
use super::super::cards::{Attempt, Card};
use super::super::customers::Customer;
use super::super::error::StripeError;
use super::super::payment_methods::PaymentMethod;
use super::super::subscriptions::{NewSubscription, Subscription};
use super::{CheckoutSession, Status};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PayRefusal {
    UnknownSession,
    /// Complete or expired.
    NotOpen(Status),
    /// Why, in the issuer's words.
    Declined(&'static str),
    /// The card's owner has to prove themselves; the id of the card.
    ActionRequired(String),
}

/// The card of a payment.
pub(crate) enum Payment<'a> {
    Card(&'a Card),
    /// A card of which the page has asked for a proof before, and what its owner answered.
    Proved(&'a str, bool),
}

impl Account {
    /// Pays an open session and answers the address to return to. Events follow in Stripe's usual order.
    pub(crate) fn pay(
        &mut self,
        session_id: &str,
        payment: &Payment<'_>,
        cause: &Cause,
    ) -> Result<String, PayRefusal> {
        let session = self.open_session(session_id, cause.now)?;
        let method = self.accepted_method(&session, payment, cause)?;
        let (customer, subscription, invoice) = self
            .complete(&session, method, cause)
            .map_err(|_| PayRefusal::UnknownSession)?;
        let stored = self
            .checkout_sessions
            .get_mut(session_id)
            .expect("it was found above");
        stored.status = Status::Complete;
        stored.customer = Some(customer);
        stored.subscription = Some(subscription);
        stored.invoice = Some(invoice);
        let object = stored.clone().json(self);
        self.emit("checkout.session.completed", object, None, cause);
        Ok(session
            .success_url
            .replace("{CHECKOUT_SESSION_ID}", session_id))
    }

    fn open_session(&self, id: &str, now: i64) -> Result<CheckoutSession, PayRefusal> {
        let session = self
            .checkout_sessions
            .get(id)
            .ok_or(PayRefusal::UnknownSession)?;
        if session.status != Status::Open {
            return Err(PayRefusal::NotOpen(session.status));
        }
        if session.expires_at <= now {
            return Err(PayRefusal::NotOpen(Status::Expired));
        }
        Ok(session.clone())
    }

    /// The card once its issuer has nothing against the payment, or against saving it for after a trial.
    fn accepted_method(
        &mut self,
        session: &CheckoutSession,
        payment: &Payment<'_>,
        cause: &Cause,
    ) -> Result<PaymentMethod, PayRefusal> {
        let (method, proof) = match payment {
            Payment::Card(card) => (PaymentMethod::new((*card).clone(), cause.now), None),
            Payment::Proved(id, proof) => {
                let method = self.payment_methods.get(id);
                let unused = method.filter(|method| method.customer.is_none());
                (
                    unused.ok_or(PayRefusal::UnknownSession)?.clone(),
                    Some(*proof),
                )
            }
        };
        let attempt = match (session.trial_days, method.card.refused_on_saving()) {
            (Some(_), Some(decline)) => Attempt::Declined(decline),
            (Some(_), None) => Attempt::Paid,
            (None, _) => method.card.charge(method.proved),
        };
        match (attempt, proof) {
            (Attempt::Declined(decline), _) => Err(PayRefusal::Declined(decline.message)),
            (Attempt::Paid, _) => Ok(method),
            (Attempt::ActionRequired, Some(true)) => Ok(method.proved()),
            (Attempt::ActionRequired, Some(false)) => Err(PayRefusal::Declined(
                "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
            )),
            (Attempt::ActionRequired, None) => {
                let id = method.id.clone();
                self.payment_methods.insert(&id, method);
                Err(PayRefusal::ActionRequired(id))
            }
        }
    }

    /// Customer, subscription and invoice of a session whose card was accepted.
    fn complete(
        &mut self,
        session: &CheckoutSession,
        method: PaymentMethod,
        cause: &Cause,
    ) -> Result<(String, String, String), StripeError> {
        let customer = session.customer.clone().unwrap_or_else(|| {
            let customer = Customer::with_email(session.customer_email.clone());
            let created = self.insert_customer(customer, cause);
            created["id"]
                .as_str()
                .expect("customers have text ids")
                .to_owned()
        });
        self.live_customer(&customer)?;
        let method = self.save_card(&customer, method, cause);
        let new = NewSubscription {
            customer: customer.clone(),
            price: session.price.clone(),
            quantity: session.quantity,
            metadata: session.subscription_metadata.clone(),
            payment_method: Some(method),
            trial_end: session.trial_days.map(|days| cause.now + days * 24 * 3600),
        };
        let subscription = Subscription::start(new, self, cause.now);
        let (subscription, invoice) = self.begin(subscription, Attempt::Paid, cause)?;
        Ok((customer, subscription, invoice))
    }
}
