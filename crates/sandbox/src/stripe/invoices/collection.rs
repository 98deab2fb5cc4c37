//! From a draft to money: finalizing, charging, trying again, giving up.

use super::super::account::{Account, Cause};
use super::super::balance::{Kind, Movement};
use super::super::cards::Attempt;
use super::super::dunning;
use super::super::error::StripeError;
use super::super::object_id;
use super::super::payments::NewCharge;
use super::{BillingReason, Status};

impl Account {
    /// Fixes number and amount and uses the customer's balance. What is not above zero then is paid already.
    pub(crate) fn finalize_invoice(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let invoice = self.invoice(id)?;
        if invoice.status != Status::Draft {
            return Ok(());
        }
        let (customer, total) = (invoice.customer.clone(), invoice.total());
        let owner = self
            .customers
            .get_mut(&customer)
            .ok_or_else(|| StripeError::no_such("customer", &customer))?;
        owner.invoices += 1;
        let number = format!("{}-{:04}", owner.invoice_prefix(), owner.invoices);
        let before = owner.balance;
        let after = (before + total).min(0);
        let invoice = self.invoice_mut(id);
        invoice.status = Status::Open;
        invoice.number = Some(number);
        invoice.finalized_at = Some(cause.now);
        invoice.charge_at = None;
        invoice.balance = Some((before, after));
        if invoice.due() > 0 {
            invoice.payment_intent = Some(object_id::random("pi_3", 23));
        }
        self.announce_invoice(id, "invoice.finalized", cause);
        let movement = Movement {
            kind: Kind::AppliedToInvoice,
            amount: after - before,
            invoice: Some(id),
            description: None,
            metadata: Default::default(),
        };
        if self.live_customer(&customer).is_ok() {
            self.move_balance(&customer, movement, cause)?;
        }
        Ok(())
    }

    /// Finalizes what is a draft, charges what is open and lets the subscription follow. `attempt` is what the card
    /// does.
    pub(crate) fn collect_invoice(
        &mut self,
        id: &str,
        attempt: Attempt,
        cause: &Cause,
    ) -> Result<Attempt, StripeError> {
        self.finalize_invoice(id, cause)?;
        let invoice = self.invoice(id)?;
        if !invoice.is_open() {
            return Ok(Attempt::Paid);
        }
        let attempt = if invoice.due() == 0 {
            Attempt::Paid
        } else {
            self.charge_invoice(id, attempt, cause)
        };
        match attempt {
            Attempt::Paid => self.mark_paid(id, cause),
            Attempt::Declined(_) | Attempt::ActionRequired => self.mark_failed(id, attempt, cause),
        }
        self.follow_invoice(id, cause)?;
        Ok(attempt)
    }

    fn charge_invoice(&mut self, id: &str, attempt: Attempt, cause: &Cause) -> Attempt {
        let invoice = self.invoice_mut(id);
        invoice.attempts += 1;
        let invoice = invoice.clone();
        let new = NewCharge {
            amount: invoice.due(),
            payment_method: self.method_for(&invoice.subscription),
            payment_intent: invoice.payment_intent.unwrap_or_default(),
            customer: invoice.customer,
            invoice: invoice.id,
        };
        match attempt {
            Attempt::Paid => self.insert_charge(new, None, cause),
            Attempt::Declined(decline) => self.insert_charge(new, Some(decline), cause),
            Attempt::ActionRequired => {}
        }
        attempt
    }

    fn mark_paid(&mut self, id: &str, cause: &Cause) {
        let invoice = self.invoice_mut(id);
        invoice.status = Status::Paid;
        invoice.paid_at = Some(cause.now);
        invoice.next_attempt = None;
        invoice.needs_action = false;
        self.announce_invoice(id, "invoice.paid", cause);
        self.announce_invoice(id, "invoice.payment_succeeded", cause);
    }

    fn mark_failed(&mut self, id: &str, attempt: Attempt, cause: &Cause) {
        let retries = self.settings.automatic_renewal;
        let invoice = self.invoice_mut(id);
        let first = *invoice.first_failed_at.get_or_insert(cause.now);
        invoice.needs_action = attempt == Attempt::ActionRequired;
        // A first invoice is not tried again: its subscription waits for the buyer, and expires.
        let tries = retries && invoice.billing_reason != BillingReason::Start;
        invoice.next_attempt = dunning::next_attempt(first, cause.now).filter(|_| tries);
        self.announce_invoice(id, "invoice.payment_failed", cause);
        if attempt == Attempt::ActionRequired {
            self.announce_invoice(id, "invoice.payment_action_required", cause);
        }
    }

    /// Nothing of it will be asked for any more; used credit comes back.
    pub(crate) fn void_invoice(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let invoice = self.invoice_mut(id);
        invoice.status = Status::Void;
        invoice.voided_at = Some(cause.now);
        (invoice.next_attempt, invoice.charge_at) = (None, None);
        let (before, after) = invoice.balance.unwrap_or_default();
        let customer = invoice.customer.clone();
        self.announce_invoice(id, "invoice.voided", cause);
        let movement = Movement {
            kind: Kind::UnappliedFromInvoice,
            amount: before - after,
            invoice: Some(id),
            description: None,
            metadata: Default::default(),
        };
        if self.live_customer(&customer).is_ok() {
            self.move_balance(&customer, movement, cause)?;
        }
        self.follow_invoice(id, cause)
    }

    pub(super) fn give_up_invoice(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let invoice = self.invoice_mut(id);
        invoice.status = Status::Uncollectible;
        invoice.uncollectible_at = Some(cause.now);
        invoice.next_attempt = None;
        self.announce_invoice(id, "invoice.marked_uncollectible", cause);
        self.follow_invoice(id, cause)
    }

    /// Stops collecting what a subscription that is over still owes; its invoices stay open.
    pub(crate) fn stop_collecting(&mut self, subscription: &str) {
        let owed: Vec<_> = self
            .invoices
            .oldest_first()
            .filter(|(_, invoice)| invoice.subscription == subscription)
            .filter(|(_, invoice)| invoice.next_attempt.is_some() || invoice.charge_at.is_some())
            .map(|(id, _)| id.to_owned())
            .collect();
        for id in owed {
            let invoice = self.invoice_mut(&id);
            (invoice.next_attempt, invoice.charge_at) = (None, None);
        }
    }
}
