//! What a customer is reminded of, and when: the end of a trial, an outstanding payment, the end of a plan. Each once
//! for each end, in the morning of whoever is written to.

use chrono::{DateTime, Days, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::subscription::{State, Subscription};
use crate::words::words;

/// Local hours in which a mail may arrive: from the first, before the second.
const DAY: (u32, u32) = (9, 21);

/// No zone is ahead of UTC by more, so nobody's morning begins earlier than this after midnight UTC.
const EARLIEST_MORNING: TimeDelta = TimeDelta::hours(-15);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum ReminderKind {
    /// Three days before.
    TrialEndsSoon,
    /// One day before.
    TrialEndsTomorrow,
    /// At once.
    PaymentFailed,
    /// Three days before it does.
    GraceEnds,
    /// Three days before: it was cancelled, or nobody is charged for another period.
    PlanEnds,
}

words!(ReminderKind, UnknownReminderKind, "There is no such reminder.", {
    TrialEndsSoon = "trial_ends_soon",
    TrialEndsTomorrow = "trial_ends_tomorrow",
    PaymentFailed = "payment_failed",
    GraceEnds = "grace_ends",
    PlanEnds = "plan_ends",
});

/// One for each end: another end makes it another reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reminder {
    pub kind: ReminderKind,
    pub ends_at: DateTime<Utc>,
}

/// What is to be done for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// To be sent now, if it was not before.
    pub reminder: Option<Reminder>,
    /// When it is worth to look again.
    pub next: Option<DateTime<Utc>>,
}

impl ReminderKind {
    fn days_before(self) -> Option<u64> {
        match self {
            Self::PaymentFailed => None,
            Self::TrialEndsTomorrow => Some(1),
            Self::TrialEndsSoon | Self::GraceEnds | Self::PlanEnds => Some(3),
        }
    }
}

/// In the order of their times; each lasts until the next one, the last until the end.
fn kinds(subscription: &Subscription, renews: bool) -> &'static [ReminderKind] {
    use ReminderKind::{GraceEnds, PaymentFailed, PlanEnds, TrialEndsSoon, TrialEndsTomorrow};
    match &subscription.state {
        State::Trial { .. } => &[TrialEndsSoon, TrialEndsTomorrow],
        State::PastDue { .. } => &[PaymentFailed, GraceEnds],
        State::Active {
            cancel_at_period_end,
            ..
        } if *cancel_at_period_end || !renews => &[PlanEnds],
        State::Activation { .. }
        | State::Active { .. }
        | State::Expired { .. }
        | State::Canceled { .. } => &[],
    }
}

/// When it is worth to ask whom to remind of what: before any morning in any zone. `renews` says that the payment
/// provider charges for another period.
pub fn first_look(subscription: &Subscription, renews: bool) -> Option<DateTime<Utc>> {
    let first = kinds(subscription, renews).first()?;
    let Some(days) = first.days_before() else {
        return Some(DateTime::UNIX_EPOCH);
    };
    let morning = before(subscription.ends_at(), days);
    Some(morning + EARLIEST_MORNING)
}

/// What holds at this instant for somebody in this zone, by day or by night.
pub fn current(
    subscription: &Subscription,
    renews: bool,
    zone: Tz,
    now: DateTime<Utc>,
) -> Option<Reminder> {
    let ends_at = subscription.ends_at();
    let has_begun = |kind: &&ReminderKind| begins(**kind, zone, ends_at).is_none_or(|at| at <= now);
    let kind = kinds(subscription, renews).iter().rfind(has_begun)?;
    (now < ends_at).then_some(Reminder {
        kind: *kind,
        ends_at,
    })
}

/// What somebody in this zone is to be told at this instant.
pub fn due(subscription: &Subscription, renews: bool, zone: Tz, now: DateTime<Utc>) -> Due {
    let ends_at = subscription.ends_at();
    let begins = |kind: &ReminderKind| begins(*kind, zone, ends_at);
    let coming = kinds(subscription, renews).iter().filter_map(begins);
    let coming = coming.filter(|at| now < *at && now < ends_at).min();
    let current = current(subscription, renews, zone, now);
    let waits = current
        .filter(|found| begins(&found.kind).is_some())
        .and_then(|_| wait(zone, now, ends_at));
    Due {
        reminder: current.filter(|_| waits.is_none()),
        next: [coming, waits].into_iter().flatten().min(),
    }
}

/// None for what is told at once.
fn begins(kind: ReminderKind, zone: Tz, ends_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    kind.days_before().map(|days| morning(zone, ends_at, days))
}

/// Until the morning, for whoever would be written to at night; not beyond what the reminder is about.
fn wait(zone: Tz, now: DateTime<Utc>, ends_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let hour = now.with_timezone(&zone).hour();
    if (DAY.0..DAY.1).contains(&hour) {
        return None;
    }
    // Twelve hours after a late hour it is tomorrow, also when the clocks change.
    let day = if hour < DAY.0 {
        now
    } else {
        now + TimeDelta::hours(12)
    };
    let morning = morning(zone, day, 0);
    (morning < ends_at).then_some(morning)
}

/// Nine o'clock there, so many days before the day of that instant.
fn morning(zone: Tz, instant: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    let day = instant.with_timezone(&zone).date_naive();
    let morning = day
        .checked_sub_days(Days::new(days))
        .and_then(|day| day.and_hms_opt(DAY.0, 0, 0))
        .and_then(|local| local.and_local_timezone(zone).earliest());
    // No zone has ever skipped this hour but with a whole day, at the date line.
    morning.map_or_else(|| before(instant, days), |morning| morning.to_utc())
}

fn before(instant: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    instant.checked_sub_days(Days::new(days)).unwrap_or(instant)
}

#[cfg(test)]
mod tests;
