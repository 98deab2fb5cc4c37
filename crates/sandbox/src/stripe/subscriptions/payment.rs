//! How a subscription follows its latest invoice, and which card pays it.

use super::super::account::{Account, Cause};
use super::super::cards::Attempt;
use super::super::error::StripeError;
use super::super::invoices::{BillingReason, Status as InvoiceStatus};
use super::outcome::restart;
use super::{Status, Subscription};

impl Account {
    /// Its own payment method, else its customer's.
    pub(crate) fn method_for(&self, subscription: &str) -> Option<String> {
        self.method_of_subscription(self.subscriptions.get(subscription)?)
    }

    fn method_of_subscription(&self, subscription: &Subscription) -> Option<String> {
        subscription.payment_method.clone().or_else(|| {
            self.customers
                .get(&subscription.customer)?
                .default_method
                .clone()
        })
    }

    pub(crate) fn attempt_for(&self, subscription: &str) -> Result<Attempt, StripeError> {
        Ok(self.attempt_of(self.subscription(subscription)?))
    }

    pub(super) fn attempt_of(&self, subscription: &Subscription) -> Attempt {
        if subscription.card_declines {
            return Attempt::FORCED;
        }
        match self.method_of_subscription(subscription) {
            Some(method) => self.attempt_with(&method),
            None => Attempt::NO_CARD,
        }
    }

    pub(crate) fn attempt_with(&self, method: &str) -> Attempt {
        match self.payment_methods.get(method) {
            Some(method) => method.card.charge(method.proved),
            None => Attempt::NO_CARD,
        }
    }

    /// A card that is no longer the customer's pays for nothing of theirs.
    pub(crate) fn forget_default_method(&mut self, method: &str) {
        self.customers.change_each(|customer| {
            customer.default_method.take_if(|default| default == method);
        });
        self.subscriptions.change_each(|subscription| {
            subscription
                .payment_method
                .take_if(|default| default == method);
        });
    }

    /// Lets the subscription's status follow an invoice that has changed; only its latest counts.
    pub(crate) fn follow_invoice(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let invoice = self.invoice(id)?;
        let (owner, status, reason) = (
            invoice.subscription.clone(),
            invoice.status,
            invoice.billing_reason,
        );
        let subscription = self.subscription(&owner)?;
        if subscription.is_over() {
            return Ok(());
        }
        let pending = subscription.pending_update.as_ref();
        if pending.is_some_and(|pending| pending.invoice == id) {
            return self.follow_pending(&owner, status, cause);
        }
        if subscription.latest_invoice != id {
            return Ok(());
        }
        let next = following(subscription.status, status, reason);
        if next == Status::IncompleteExpired {
            return self.end_incomplete(&owner, cause);
        }
        self.change_subscription(&owner, cause, |subscription| subscription.status = next)?;
        let customer = self.subscription(&owner)?.customer.clone();
        if let Some(customer) = self.customers.get_mut(&customer) {
            customer.delinquent = matches!(next, Status::PastDue | Status::Unpaid);
        }
        Ok(())
    }

    fn follow_pending(
        &mut self,
        id: &str,
        invoice: InvoiceStatus,
        cause: &Cause,
    ) -> Result<(), StripeError> {
        let kind = match invoice {
            InvoiceStatus::Paid => "customer.subscription.pending_update_applied",
            InvoiceStatus::Void | InvoiceStatus::Uncollectible => {
                "customer.subscription.pending_update_expired"
            }
            InvoiceStatus::Draft | InvoiceStatus::Open => return Ok(()),
        };
        let Some(pending) = self.subscription_mut(id)?.pending_update.clone() else {
            return Ok(());
        };
        let price = self.price(&pending.price).clone();
        self.change_subscription(id, cause, |subscription| {
            subscription.pending_update = None;
            if invoice == InvoiceStatus::Paid {
                subscription.price = pending.price;
                subscription.quantity = pending.quantity;
                if pending.restarts {
                    restart(subscription, &price, cause.now);
                }
            }
        })?;
        let object = self.subscription(id)?.json(self);
        self.emit(kind, object, None, cause);
        Ok(())
    }
}

/// <https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses>
fn following(now: Status, invoice: InvoiceStatus, reason: BillingReason) -> Status {
    let first = reason == BillingReason::Start;
    match (now, invoice) {
        (Status::Incomplete, InvoiceStatus::Void) => Status::IncompleteExpired,
        (
            Status::Incomplete | Status::PastDue | Status::Unpaid,
            InvoiceStatus::Paid | InvoiceStatus::Void | InvoiceStatus::Uncollectible,
        ) => Status::Active,
        (Status::Active | Status::Trialing, InvoiceStatus::Open) if !first => Status::PastDue,
        (unchanged, _) => unchanged,
    }
}
