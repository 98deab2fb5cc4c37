//! What happens to subscriptions as time passes: announcements, renewal, retries, the end after a cancellation.

mod by_hand;

use serde_json::json;

use super::account::{Account, Cause};
use super::dunning::Final;
use super::error::StripeError;
use super::invoices::{BillingReason, Line, NewInvoice};
use super::subscriptions::{Status, Subscription};

/// Seconds between the start of a period and the charge for it. Until then Stripe calls the subscription active
/// (<https://docs.stripe.com/billing/invoices/subscription>).
const DRAFT_FOR: i64 = 3600;

const DAY: i64 = 24 * 3600;

/// How long before a renewal `invoice.upcoming` is sent; a setting at Stripe.
const UPCOMING: i64 = 7 * DAY;

const TRIAL_WILL_END: i64 = 3 * DAY;

/// How long a first invoice may stay unpaid.
const INCOMPLETE_FOR: i64 = 23 * 3600;

/// In the order in which they happen when several fall on the same second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Announce,
    Expire,
    PassPhase,
    Cancel,
    PassBoundary,
    Charge,
    Retry,
}

impl Account {
    /// Does everything that is due at `now`, oldest first, as often as the clock has passed a boundary.
    pub(crate) fn run_renewals(&mut self, now: i64) {
        while let Some((due, step, id)) = self.next_due(now) {
            // Stripe's clock stands at the boundary, however far ours has jumped past it.
            let cause = Cause::automatic(due);
            let outcome = self.take_step(step, &id, &cause);
            outcome.expect("what is due was just found");
        }
    }

    pub(crate) fn is_renewal_due(&self, now: i64) -> bool {
        self.next_due(now).is_some()
    }

    fn next_due(&self, now: i64) -> Option<(i64, Step, String)> {
        if !self.settings.automatic_renewal {
            return None;
        }
        let subscriptions = self.subscriptions.oldest_first().map(|(_, found)| found);
        let of_subscriptions = subscriptions
            .filter(|subscription| !subscription.is_over())
            .flat_map(|subscription| self.steps_of(subscription));
        let retries = self
            .invoices
            .oldest_first()
            .filter_map(|(id, invoice)| Some((invoice.next_attempt?, Step::Retry, id.to_owned())));
        of_subscriptions
            .chain(retries)
            .filter(|(due, ..)| *due <= now)
            .min()
    }

    fn steps_of(&self, subscription: &Subscription) -> Vec<(i64, Step, String)> {
        let id = || subscription.id.clone();
        let mut steps = Vec::new();
        if let Some(at) = subscription.cancel_at {
            steps.push((at, Step::Cancel, id()));
        }
        if let Some(pending) = &subscription.pending_update {
            steps.push((pending.expires_at, Step::Expire, id()));
        }
        let phase = subscription.schedule.as_ref().and_then(|schedule| {
            let due = self.schedules.get(schedule)?.due()?;
            Some((due, Step::PassPhase, schedule.clone()))
        });
        steps.extend(phase);
        match subscription.status {
            Status::Incomplete => {
                steps.push((subscription.created + INCOMPLETE_FOR, Step::Expire, id()));
            }
            Status::Active | Status::Trialing | Status::PastDue => {
                match self.charge_due(&subscription.latest_invoice) {
                    Some(at) => steps.push((at, Step::Charge, id())),
                    None => steps.push((subscription.period_end, Step::PassBoundary, id())),
                }
                if subscription.announced != subscription.period_end {
                    steps.extend(announcement(subscription).map(|at| (at, Step::Announce, id())));
                }
            }
            // Stripe goes on making drafts that nobody is charged for; here nothing happens until the debt is paid.
            Status::Unpaid | Status::Canceled | Status::IncompleteExpired => {}
        }
        steps
    }

    fn take_step(&mut self, step: Step, id: &str, cause: &Cause) -> Result<(), StripeError> {
        match step {
            Step::Announce => self.announce_end(id, cause),
            Step::Expire => self.expire_unpaid(id, cause),
            Step::PassPhase => self.pass_phase(id, cause),
            Step::Cancel => self.end_subscription(id, cause).map(|_| ()),
            Step::PassBoundary => self.pass_boundary(id, cause),
            Step::Charge => self.charge_latest(id, cause),
            Step::Retry => self.retry(id, cause),
        }
    }

    /// `invoice.upcoming`, or `trial_will_end` for a trial.
    fn announce_end(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription_mut(id)?;
        subscription.announced = subscription.period_end;
        let subscription = subscription.clone();
        if subscription.status == Status::Trialing {
            let object = subscription.json(self);
            self.emit("customer.subscription.trial_will_end", object, None, cause);
            return Ok(());
        }
        let mut upcoming = self.upcoming(&subscription, cause.now)?.json();
        upcoming["id"] = json!(format!(
            "upcoming_{}",
            upcoming["id"].as_str().unwrap_or("in")
        ));
        self.emit("invoice.upcoming", upcoming, None, cause);
        Ok(())
    }

    /// A first invoice or a pending update that nobody paid in time.
    fn expire_unpaid(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription(id)?;
        let invoice = match &subscription.pending_update {
            Some(pending) => pending.invoice.clone(),
            None => subscription.latest_invoice.clone(),
        };
        self.void_invoice(&invoice, cause)
    }

    /// The end of a period: another begins, whose charge follows, or the subscription is over.
    fn pass_boundary(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        if self.subscription(id)?.cancel_at_period_end {
            self.end_subscription(id, cause)?;
            return Ok(());
        }
        self.next_period(id, Some(cause.now + DRAFT_FOR), cause)
    }

    fn charge_latest(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let invoice = self.subscription(id)?.latest_invoice.clone();
        let attempt = self.attempt_for(id)?;
        self.collect_invoice(&invoice, attempt, cause)?;
        Ok(())
    }

    fn retry(&mut self, invoice: &str, cause: &Cause) -> Result<(), StripeError> {
        let id = self.invoice(invoice)?.subscription.clone();
        let attempt = self.attempt_for(&id)?;
        self.collect_invoice(invoice, attempt, cause)?;
        let invoice = self.invoice(invoice)?;
        if !invoice.is_open() || invoice.next_attempt.is_some() {
            return Ok(());
        }
        match self.settings.after_retries {
            Final::PastDue => Ok(()),
            Final::Cancel => self.end_unpaid(&id, cause),
            Final::Unpaid => {
                self.change_subscription(&id, cause, |subscription| {
                    subscription.status = Status::Unpaid;
                })?;
                Ok(())
            }
        }
    }

    /// One period further, with a draft for it and what was left to the next invoice.
    fn next_period(
        &mut self,
        id: &str,
        charge_at: Option<i64>,
        cause: &Cause,
    ) -> Result<(), StripeError> {
        let mut next = self.subscription(id)?.clone();
        let interval = self.price(&next.price).interval;
        next.period_start = next.period_end;
        next.period_end = interval.next_boundary(next.anchor, next.period_start);
        if next.status == Status::Trialing {
            next.status = Status::Active;
        }
        let mut lines = std::mem::take(&mut next.pending);
        lines.push(Line::for_period(self, &next));
        let before = self.subscription(id)?.json(self);
        self.subscriptions.insert(id, next);
        let new = NewInvoice {
            subscription: id.to_owned(),
            reason: BillingReason::Renewal,
            lines,
        };
        let invoice = self.insert_invoice(new, charge_at, cause.now)?;
        let after = self.subscription(id)?.json(self);
        self.emit_if_changed("customer.subscription.updated", &before, &after, cause);
        self.announce_invoice(&invoice, "invoice.created", cause);
        Ok(())
    }
}

/// When the end of the period or of the trial is announced; not where the subscription ends with it.
fn announcement(subscription: &Subscription) -> Option<i64> {
    let before = match subscription.status {
        Status::Trialing => TRIAL_WILL_END,
        _ if subscription.ends_at().is_some() => return None,
        _ => UPCOMING,
    };
    // A short trial is announced when it begins.
    Some((subscription.period_end - before).max(subscription.period_start))
}
