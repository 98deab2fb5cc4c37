//! What happens to subscriptions as time passes: renewal, failed payment, the end after a cancellation.

use super::account::{Account, Cause};
use super::error::StripeError;
use super::invoices::{BillingReason, Line};
use super::subscriptions::Status;

/// Seconds between the start of a period and the charge for it. Until then Stripe calls the subscription active
/// (<https://docs.stripe.com/billing/invoices/subscription>).
const DRAFT_FOR: i64 = 3600;

impl Account {
    /// Does everything that is due at `now`, oldest first, as often as the clock has passed a boundary.
    pub(crate) fn run_renewals(&mut self, now: i64) {
        while let Some((id, due)) = self.next_due(now) {
            // Stripe's clock stands at the boundary, however far ours has jumped past it.
            let cause = Cause::automatic(due);
            let outcome = self.pass_boundary(&id, &cause);
            outcome.expect("the subscription was just found");
        }
    }

    pub(crate) fn is_renewal_due(&self, now: i64) -> bool {
        self.next_due(now).is_some()
    }

    fn next_due(&self, now: i64) -> Option<(String, i64)> {
        self.subscriptions
            .oldest_first()
            .filter(|_| self.settings.automatic_renewal)
            .filter(|(_, subscription)| subscription.status == Status::Active)
            .map(|(id, subscription)| {
                let charge = self.charge_due(&subscription.latest_invoice);
                (id.to_owned(), charge.unwrap_or(subscription.period_end))
            })
            .filter(|(_, due)| *due <= now)
            .min_by_key(|(_, due)| *due)
    }

    /// The end of a period, or the charge for the one that has begun.
    fn pass_boundary(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription(id)?;
        if self.charge_due(&subscription.latest_invoice).is_some() {
            return self.charge_latest(id, cause);
        }
        if subscription.cancel_at_period_end {
            self.end_subscription(id, cause)?;
            return Ok(());
        }
        let invoice = self.next_period(id, cause)?;
        self.charge_later(&invoice, cause.now + DRAFT_FOR);
        Ok(())
    }

    /// One period further, now: what a renewal does. What is not paid yet is paid instead.
    pub(crate) fn renew_subscription(
        &mut self,
        id: &str,
        cause: &Cause,
    ) -> Result<(), StripeError> {
        let subscription = self.subscription_mut(id)?;
        subscription.card_declines = false;
        self.renew_or_settle(id, cause)
    }

    /// A renewal whose charge is declined: the period moves on, the invoice stays open, the status is `past_due`.
    /// Charges to come are declined as well.
    pub(crate) fn fail_renewal(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription_mut(id)?;
        subscription.card_declines = true;
        self.renew_or_settle(id, cause)
    }

    /// What the account may be set to do when all retries have failed: the subscription stays, and is not usable until
    /// its invoice is paid.
    pub(crate) fn give_up_payment(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        if self.subscription(id)?.status == Status::Active {
            self.fail_renewal(id, cause)?;
        }
        self.change_subscription(id, cause, |subscription| {
            subscription.status = Status::Unpaid;
        })?;
        Ok(())
    }

    fn renew_or_settle(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription(id)?;
        let waits = self.charge_due(&subscription.latest_invoice).is_some();
        match subscription.status {
            Status::Canceled => {
                return Err(StripeError::invalid("The subscription is canceled.", None));
            }
            Status::Active if !waits => {
                self.next_period(id, cause)?;
            }
            Status::Active | Status::PastDue | Status::Unpaid => {}
        }
        self.charge_latest(id, cause)
    }

    fn charge_latest(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription(id)?;
        let declined = subscription.card_declines;
        let invoice = subscription.latest_invoice.clone();
        self.settle(id, &invoice, declined, cause)
    }

    /// The invoice for it is not charged yet.
    fn next_period(&mut self, id: &str, cause: &Cause) -> Result<String, StripeError> {
        let subscription = self.subscription(id)?;
        let interval = self.price(&subscription.price).interval;
        let period_end = interval.next_boundary(subscription.anchor, subscription.period_end);
        let owed = subscription.pending_proration;
        let mut next = subscription.clone();
        next.period_start = next.period_end;
        next.period_end = period_end;
        let mut lines = vec![Line::for_period(self, &next)];
        if owed != 0 {
            let price = self.price(&next.price);
            lines.push(Line::proration(
                price,
                next.quantity,
                owed,
                (next.period_start, next.period_start),
            ));
        }
        let before = self.subscription(id)?.json(self);
        next.pending_proration = 0;
        self.subscriptions.insert(id, next);
        let invoice = self.insert_invoice(id, BillingReason::Renewal, lines, cause.now)?;
        let after = self.subscription(id)?.json(self);
        self.emit_if_changed("customer.subscription.updated", &before, &after, cause);
        Ok(invoice)
    }

    /// Charges the invoice and lets the subscription's status follow.
    fn settle(
        &mut self,
        id: &str,
        invoice: &str,
        declined: bool,
        cause: &Cause,
    ) -> Result<(), StripeError> {
        let paid = self.charge_invoice(invoice, declined, cause);
        self.change_subscription(id, cause, |subscription| {
            subscription.status = if paid {
                Status::Active
            } else {
                Status::PastDue
            };
        })?;
        let customer = self.subscription(id)?.customer.clone();
        if let Some(customer) = self.customers.get_mut(&customer) {
            customer.delinquent = !paid;
        }
        Ok(())
    }

    /// An invoice in the middle of a period, charged at once.
    pub(crate) fn invoice_and_charge(
        &mut self,
        id: &str,
        reason: BillingReason,
        lines: Vec<Line>,
        cause: &Cause,
    ) -> Result<(), StripeError> {
        let declined = self.subscription(id)?.card_declines;
        let invoice = self.insert_invoice(id, reason, lines, cause.now)?;
        self.settle(id, &invoice, declined, cause)
    }
}
