//! What happens to subscriptions as time passes: renewal, failed payment, the end after a cancellation.

use super::account::{Account, Cause};
use super::error::StripeError;
use super::invoices::{BillingReason, Line};
use super::subscriptions::Status;

impl Account {
    /// Does everything that is due at `now`, oldest period first, as often as the clock has passed a boundary.
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
            .filter(|(_, subscription)| {
                subscription.status == Status::Active && subscription.period_end <= now
            })
            .map(|(id, subscription)| (id.to_owned(), subscription.period_end))
            .min_by_key(|(_, due)| *due)
    }

    fn pass_boundary(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription(id)?;
        if subscription.cancel_at_period_end {
            self.end_subscription(id, cause)?;
            return Ok(());
        }
        self.next_period(id, subscription.card_declines, cause)
    }

    /// One period further, now: what a renewal does. A past-due subscription pays its open invoice instead.
    pub(crate) fn renew_subscription(
        &mut self,
        id: &str,
        cause: &Cause,
    ) -> Result<(), StripeError> {
        let subscription = self.subscription_mut(id)?;
        subscription.card_declines = false;
        match subscription.status {
            Status::Canceled => Err(StripeError::invalid("The subscription is canceled.", None)),
            Status::Active => self.next_period(id, false, cause),
            Status::PastDue => {
                let invoice = subscription.latest_invoice.clone();
                self.settle(id, &invoice, false, cause)
            }
        }
    }

    /// A renewal whose charge is declined: the period moves on, the invoice stays open, the status is `past_due`.
    /// Charges to come are declined as well.
    pub(crate) fn fail_renewal(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription_mut(id)?;
        subscription.card_declines = true;
        match subscription.status {
            Status::Canceled => Err(StripeError::invalid("The subscription is canceled.", None)),
            Status::Active => self.next_period(id, true, cause),
            Status::PastDue => {
                let invoice = subscription.latest_invoice.clone();
                self.settle(id, &invoice, true, cause)
            }
        }
    }

    fn next_period(&mut self, id: &str, declined: bool, cause: &Cause) -> Result<(), StripeError> {
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
        self.settle(id, &invoice, declined, cause)
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
