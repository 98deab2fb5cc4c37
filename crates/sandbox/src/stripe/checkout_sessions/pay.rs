//! What the hosted page's button does: charge the card, start the subscription, tell the merchant.

use super::super::account::{Account, Cause};
use super::super::customers::Customer;
use super::super::invoices::{BillingReason, Line};
use super::super::subscriptions::{NewSubscription, Subscription};
use super::Status;

/// A card number that passed the Luhn check. Only Stripe's published test numbers belong here, and it is never kept.
pub(crate) struct Card(String);

impl Card {
    /// Spaces and dashes are ignored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let valid = (12..=19).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && luhn(&digits);
        valid.then_some(Self(digits))
    }

    /// The test numbers that decline: <https://docs.stripe.com/testing#declined-payments>.
    fn decline(&self) -> Option<&'static str> {
        match self.0.as_str() {
            "4000000000000002" => Some("Your card was declined."),
            "4000000000009995" => Some("Your card has insufficient funds."),
            "4000000000000069" => Some("Your card has expired."),
            _ => None,
        }
    }
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let weighed = if place % 2 == 1 { digit * 2 } else { digit };
            if weighed > 9 { weighed - 9 } else { weighed }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PayRefusal {
    UnknownSession,
    /// Complete or expired.
    NotOpen(Status),
    /// Why, in the issuer's words.
    Declined(&'static str),
}

impl Account {
    /// Pays an open session and answers the address to return to. Events follow in Stripe's usual order.
    pub(crate) fn pay(
        &mut self,
        session_id: &str,
        card: &Card,
        cause: &Cause,
    ) -> Result<String, PayRefusal> {
        let session = self
            .checkout_sessions
            .get(session_id)
            .ok_or(PayRefusal::UnknownSession)?
            .clone();
        if session.status != Status::Open {
            return Err(PayRefusal::NotOpen(session.status));
        }
        if session.expires_at <= cause.now {
            return Err(PayRefusal::NotOpen(Status::Expired));
        }
        if let Some(reason) = card.decline() {
            return Err(PayRefusal::Declined(reason));
        }
        let customer = session.customer.clone().unwrap_or_else(|| {
            let customer = Customer::with_email(session.customer_email.clone());
            let created = self.insert_customer(customer, cause);
            created["id"]
                .as_str()
                .expect("customers have text ids")
                .to_owned()
        });
        let (subscription, invoice) = self.start_subscription(
            NewSubscription {
                customer: customer.clone(),
                price: session.price.clone(),
                quantity: session.quantity,
                metadata: session.subscription_metadata.clone(),
            },
            cause,
        );
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

    fn start_subscription(&mut self, new: NewSubscription, cause: &Cause) -> (String, String) {
        let subscription = Subscription::start(new, self, cause.now);
        let id = subscription.id.clone();
        let line = Line::for_period(self, &subscription);
        self.subscriptions.insert(&id, subscription);
        let invoice = self
            .insert_invoice(&id, BillingReason::Start, vec![line], cause.now)
            .expect("the subscription was just inserted");
        let object = self
            .subscription(&id)
            .expect("it was just inserted")
            .json(self);
        self.emit("customer.subscription.created", object, None, cause);
        self.charge_invoice(&invoice, false, cause);
        (id, invoice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_pass_the_check_digit_are_cards() {
        assert!(Card::parse("4242 4242 4242 4242").is_some());
        assert!(Card::parse("4242-4242-4242-4241").is_none());
        assert!(Card::parse("").is_none());
        assert!(Card::parse("4242x4242").is_none());
    }
}
