//! What a change makes of a subscription, and what it costs: computed alike for the change and for its preview.

use super::super::account::Account;
use super::super::catalogue::Price;
use super::super::invoices::Line;
use super::{Asked, Proration, Status, Subscription};

pub(crate) struct Outcome {
    pub(crate) next: Subscription,
    /// What the change itself costs or gives back.
    pub(crate) lines: Vec<Line>,
    /// Whether an invoice is made at once.
    pub(crate) invoice_now: bool,
    pub(crate) restarts: bool,
}

impl Outcome {
    /// `now` is when a new period would begin.
    pub(crate) fn of(account: &Account, current: &Subscription, asked: &Asked, now: i64) -> Self {
        let (old, new) = (account.price(&current.price), account.price(&asked.price));
        let trial_ends = current.status == Status::Trialing && asked.trial_end == Some(now);
        let on_trial = current.status == Status::Trialing && !trial_ends;
        // On a trial nothing is charged, whatever its interval, and the trial's end begins the next period.
        let begins_trial = asked.trial_end.is_some_and(|at| at > now);
        let restarts = !on_trial
            && !begins_trial
            && (trial_ends || asked.restarts || old.interval != new.interval);
        let mut next = current.clone();
        next.price.clone_from(&asked.price);
        next.quantity = asked.quantity;
        if let Some(at) = asked.trial_end {
            next.trial_end = Some(at);
            next.trial_start = next.trial_start.or(Some(now));
            if at > now {
                next.status = Status::Trialing;
                (next.period_start, next.period_end, next.anchor) = (now, at, at);
            }
        }
        let free = on_trial || trial_ends || asked.proration == Proration::Nothing;
        let mut lines = if free {
            Vec::new()
        } else {
            proration(account, current, asked, restarts)
        };
        if restarts {
            restart(&mut next, new, now);
            lines.push(Line::for_period(account, &next));
        }
        let invoice_now =
            restarts || (asked.proration == Proration::InvoiceNow && !lines.is_empty());
        if invoice_now {
            lines.splice(0..0, next.pending.drain(..));
        }
        Self {
            next,
            lines,
            invoice_now,
            restarts,
        }
    }

    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }
}

/// A new billing cycle begins at once.
pub(crate) fn restart(subscription: &mut Subscription, price: &Price, now: i64) {
    if subscription.status == Status::Trialing {
        subscription.status = Status::Active;
    }
    subscription.anchor = now;
    subscription.period_start = now;
    subscription.period_end = price.interval.next_boundary(now, now);
}

/// Credit for the unused rest of the old period and, unless a new period begins, the charge for the same time at the
/// new price. To the second.
fn proration(
    account: &Account,
    current: &Subscription,
    asked: &Asked,
    restarts: bool,
) -> Vec<Line> {
    let same = asked.price == current.price && asked.quantity == current.quantity;
    if (same && !restarts) || asked.at >= current.period_end {
        return Vec::new();
    }
    let mut lines: Vec<_> = unused(account, current, asked.at).into_iter().collect();
    if !restarts {
        let new = account.price(&asked.price);
        let amount = share(current, asked.at, new.unit_amount * asked.quantity);
        let period = (asked.at, current.period_end);
        let line = Line::charge(account, new, asked.quantity, amount, period);
        lines.push(line.proration(account.product_name(new)));
    }
    lines
}

/// Credit for the time that was paid and will not be used.
pub(crate) fn unused(account: &Account, current: &Subscription, at: i64) -> Option<Line> {
    if current.status == Status::Trialing {
        return None;
    }
    let price = account.price(&current.price);
    let credit = -share(current, at, price.unit_amount * current.quantity);
    let period = (at, current.period_end);
    let line = Line::charge(account, price, current.quantity, credit, period);
    (credit != 0).then(|| line.proration(account.product_name(price)))
}

/// The part of an amount for a whole period that falls on the time from `at` to its end, rounded to the nearest cent.
fn share(current: &Subscription, at: i64, cents: i64) -> i64 {
    let length = i128::from((current.period_end - current.period_start).max(1));
    let rest =
        i128::from((current.period_end - at).clamp(0, current.period_end - current.period_start));
    let share = (2 * i128::from(cents) * rest + length) / (2 * length);
    i64::try_from(share).expect("a share is not more than the whole")
}
