use chrono_tz::{America, Pacific, UTC};
use proptest::prelude::*;

use super::*;
use crate::plan::{Interval, Plan};
use crate::subscription::PaidTerm;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn trial(end: &str) -> Subscription {
    Subscription::trial_until(at(end))
}

fn paid(end: &str) -> Subscription {
    let term = PaidTerm {
        interval: Interval::Month,
        seats: 1,
        paid_until: at(end),
    };
    Subscription {
        plan: Plan::Personal,
        state: State::Active {
            term,
            cancel_at_period_end: false,
        },
    }
}

/// Everything that is sent when somebody looks as often as it is worth to.
fn sent(subscription: &Subscription, renews: bool, zone: Tz) -> Vec<(ReminderKind, String)> {
    let mut sent = Vec::new();
    let mut now = first_look(subscription, renews);
    while let Some(at) = now {
        let due = due(subscription, renews, zone, at);
        if let Some(reminder) = due.reminder {
            sent.push((reminder.kind, at.to_rfc3339()));
        }
        now = due.next;
        assert!(now.is_none_or(|next| next > at), "{now:?} after {at}");
    }
    sent
}

#[test]
fn it_is_nine_in_the_morning_wherever_somebody_is() {
    use ReminderKind::{TrialEndsSoon, TrialEndsTomorrow};
    let trial = trial("2026-12-05T04:00:00Z");
    for (zone, mornings) in [
        // The 5th at 17:00 in Auckland, 13 hours ahead.
        (
            Pacific::Auckland,
            ["2026-12-01T20:00:00+00:00", "2026-12-03T20:00:00+00:00"],
        ),
        // The 4th at 20:00 in Los Angeles, 8 hours behind.
        (
            America::Los_Angeles,
            ["2026-12-01T17:00:00+00:00", "2026-12-03T17:00:00+00:00"],
        ),
        (
            UTC,
            ["2026-12-02T09:00:00+00:00", "2026-12-04T09:00:00+00:00"],
        ),
    ] {
        let expected = [
            (TrialEndsSoon, mornings[0].to_owned()),
            (TrialEndsTomorrow, mornings[1].to_owned()),
        ];
        assert_eq!(sent(&trial, false, zone), expected, "{zone}");
    }
}

#[test]
fn the_morning_is_that_of_the_day_although_the_clocks_change() {
    // New York leaves summer time on 1 November 2026.
    let trial = trial("2026-11-03T17:00:00Z");
    let mornings = sent(&trial, false, America::New_York);
    assert_eq!(mornings[0].1, "2026-10-31T13:00:00+00:00");
    assert_eq!(mornings[1].1, "2026-11-02T14:00:00+00:00");
}

#[test]
fn whoever_pays_on_is_left_alone() {
    assert_eq!(sent(&paid("2026-12-05T04:00:00Z"), true, UTC), []);
    let given = sent(&paid("2026-12-05T04:00:00Z"), false, UTC);
    assert_eq!(given.len(), 1);
    let now = at("2026-12-01T00:00:00Z");
    let ending = paid("2026-12-05T04:00:00Z").cancel_at_period_end(now);
    let ending = sent(&ending.unwrap(), true, UTC);
    assert_eq!(
        ending,
        [(
            ReminderKind::PlanEnds,
            "2026-12-02T09:00:00+00:00".to_owned()
        )]
    );
    let over = trial("2026-12-05T04:00:00Z").expire(at("2026-12-06T00:00:00Z"));
    assert_eq!(first_look(&over.unwrap(), false), None);
}

#[test]
fn a_failed_payment_is_told_at_once_and_again_before_the_grace_ends() {
    let late = paid("2026-12-05T04:00:00Z").past_due(at("2026-12-19T04:00:00Z"));
    let late = late.unwrap();
    // In the night.
    let now = at("2026-12-05T04:00:00Z");
    let first = due(&late, true, UTC, now);
    assert_eq!(
        first.reminder.map(|it| it.kind),
        Some(ReminderKind::PaymentFailed)
    );
    let last = due(&late, true, UTC, first.next.unwrap());
    assert_eq!(
        last.reminder.map(|it| it.kind),
        Some(ReminderKind::GraceEnds)
    );
    assert_eq!(first.next, Some(at("2026-12-16T09:00:00Z")));
    assert_eq!(last.next, None);
}

#[test]
fn nobody_is_written_to_at_night_because_a_worker_was_late() {
    let trial = trial("2026-12-05T04:00:00Z");
    let late = |now| due(&trial, false, UTC, at(now));
    let night = late("2026-12-02T22:00:00Z");
    assert_eq!(night.reminder, None);
    assert_eq!(night.next, Some(at("2026-12-03T09:00:00Z")));
    assert_eq!(late("2026-12-03T08:59:59Z").next, night.next);
    let kind = |now| late(now).reminder.map(|it| it.kind);
    assert_eq!(
        kind("2026-12-03T10:00:00Z"),
        Some(ReminderKind::TrialEndsSoon)
    );
    // The first one is overtaken by the second.
    assert_eq!(
        kind("2026-12-04T09:00:00Z"),
        Some(ReminderKind::TrialEndsTomorrow)
    );
    // The morning after would be too late.
    assert_eq!(
        kind("2026-12-05T03:00:00Z"),
        Some(ReminderKind::TrialEndsTomorrow)
    );
    assert_eq!(
        late("2026-12-05T04:00:00Z"),
        Due {
            reminder: None,
            next: None
        }
    );
}

proptest! {
    #[test]
    fn in_every_zone_each_reminder_is_found_once(
        zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]), minutes in 0_i64..2_000_000
    ) {
        let end = at("2026-01-01T00:00:00Z") + TimeDelta::minutes(minutes);
        let trial = Subscription::trial_until(end);
        let kinds: Vec<_> = sent(&trial, false, zone).into_iter().map(|(kind, _)| kind).collect();
        prop_assert_eq!(kinds, [ReminderKind::TrialEndsSoon, ReminderKind::TrialEndsTomorrow]);
    }
}
