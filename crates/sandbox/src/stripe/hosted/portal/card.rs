//! The portal's forms about money: another card, and an open invoice.

use actix_web::{HttpResponse, post, web};
use serde::Deserialize;

use super::super::super::account::{Account, Cause};
use super::super::super::billing_portal::{FlowKind, PortalSession};
use super::super::super::cards::{Attempt, Card};
use super::super::super::payment_methods::PaymentMethod;
use super::super::bank_question;
use super::{Outcome, act};
use crate::state::State;

#[derive(Deserialize)]
struct CardForm {
    token: String,
    card: String,
}

#[post("/portal/{secret}/card")]
pub(crate) async fn replace(
    state: web::Data<State>,
    secret: web::Path<String>,
    form: web::Form<CardForm>,
) -> HttpResponse {
    act(&state, &secret, &form.token, |account, session, cause| {
        if !may_replace(account, session) {
            return Outcome::Closed;
        }
        let Some(card) = Card::parse(&form.card) else {
            return Outcome::Refused("Your card number is invalid.".to_owned());
        };
        if let Some(decline) = card.refused_on_saving() {
            return Outcome::Refused(decline.message.to_owned());
        }
        let method = PaymentMethod::new(card, cause.now);
        if method.card.charge(false) == Attempt::ActionRequired {
            let id = method.id.clone();
            account.payment_methods.insert(&id, method);
            let action = format!("/stripe/portal/{}/proof", *secret);
            return Outcome::Page(bank_question(&action, &id, &[("token", &form.token)]));
        }
        account.use_card(&session.customer, method, cause);
        Outcome::Done
    })
}

#[derive(Deserialize)]
struct ProofForm {
    token: String,
    method: String,
    complete: bool,
}

#[post("/portal/{secret}/proof")]
pub(crate) async fn prove(
    state: web::Data<State>,
    secret: web::Path<String>,
    form: web::Form<ProofForm>,
) -> HttpResponse {
    act(&state, &secret, &form.token, |account, session, cause| {
        let known = account.payment_methods.get(&form.method).cloned();
        let unused = known.filter(|method| method.customer.is_none());
        let Some(method) = unused.filter(|_| may_replace(account, session)) else {
            return Outcome::Closed;
        };
        if !form.complete {
            return Outcome::Refused("Your bank could not confirm that it is you.".to_owned());
        }
        account.use_card(&session.customer, method.proved(), cause);
        Outcome::Done
    })
}

fn may_replace(account: &Account, session: &PortalSession) -> bool {
    account.features(session).payment_method_update && session.offers(FlowKind::PaymentMethodUpdate)
}

#[derive(Deserialize)]
struct TokenForm {
    token: String,
}

#[post("/portal/{secret}/invoice/{invoice}/pay")]
pub(crate) async fn pay(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
    form: web::Form<TokenForm>,
) -> HttpResponse {
    let (secret, id) = path.into_inner();
    act(&state, &secret, &form.token, |account, session, cause| {
        let invoice = account.invoices.get(&id);
        let Some(invoice) =
            invoice.filter(|found| found.customer == session.customer && found.is_open())
        else {
            return Outcome::Closed;
        };
        let attempt = account.attempt_for(&invoice.subscription.clone());
        match attempt.and_then(|attempt| account.pay_invoice(&id, attempt, cause)) {
            Ok(Attempt::Paid) => Outcome::Done,
            Ok(Attempt::Declined(decline)) => Outcome::Refused(decline.message.to_owned()),
            Ok(Attempt::ActionRequired) => Outcome::Refused(
                "Your bank wants you to confirm this payment. Please use another card.".to_owned(),
            ),
            Err(refusal) => Outcome::Refused(refusal.to_string()),
        }
    })
}

impl Account {
    /// The customer's card for everything from now on.
    fn use_card(&mut self, customer: &str, method: PaymentMethod, cause: &Cause) {
        let method = self.save_card(customer, method, cause);
        let set = self.change_customer(customer, cause, |customer| {
            customer.default_method = Some(method.clone());
        });
        set.expect("a session's customer exists");
        let own: Vec<_> = self
            .subscriptions
            .oldest_first()
            .filter(|(_, subscription)| {
                subscription.customer == customer && !subscription.is_over()
            })
            .map(|(id, _)| id.to_owned())
            .collect();
        for id in own {
            let changed = self.change_subscription(&id, cause, |subscription| {
                subscription.payment_method = Some(method.clone());
                subscription.card_declines = false;
            });
            changed.expect("it was just found");
        }
    }
}
