//! Whatever happens in whatever order: no impossible state, and nobody loses what they paid for.

use proptest::prelude::*;

use super::*;
use crate::catalogue::check_seats;

/// Half a day, so that many events fall on one instant and on the ends of trial, term and slack.
const STEP: i64 = 12;

#[derive(Debug, Clone)]
enum Event {
    Pay(Plan, PaidTerm),
    Activate,
    Renew(PaidTerm),
    RenewAs(Plan, PaidTerm),
    PastDue(DateTime<Utc>),
    Recover(PaidTerm),
    Expire,
    CancelAtPeriodEnd,
    CancelNow,
    Resume,
    GiveUp,
    Refund,
    ExtendTrial(DateTime<Utc>),
    HandOver,
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..120).prop_map(|step| {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::hours(step * STEP)
    })
}

fn term() -> impl Strategy<Value = PaidTerm> {
    let interval = prop::sample::select(Interval::ALL);
    let seats = prop_oneof![Just(1_u32), 0_u32..30];
    (interval, seats, instant()).prop_map(|(interval, seats, paid_until)| PaidTerm {
        interval,
        seats,
        paid_until,
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (prop::sample::select(Plan::ALL), term()).prop_map(|(plan, term)| Event::Pay(plan, term)),
        2 => Just(Event::Activate),
        2 => term().prop_map(Event::Renew),
        2 => (prop::sample::select(Plan::ALL), term()).prop_map(|(plan, term)| Event::RenewAs(plan, term)),
        2 => instant().prop_map(Event::PastDue),
        1 => term().prop_map(Event::Recover),
        2 => Just(Event::Expire),
        1 => Just(Event::CancelAtPeriodEnd),
        1 => Just(Event::CancelNow),
        1 => Just(Event::Resume),
        1 => Just(Event::GiveUp),
        1 => Just(Event::Refund),
        1 => instant().prop_map(Event::ExtendTrial),
        1 => Just(Event::HandOver),
    ]
}

/// Events in the order of their times, many at the same one.
fn history() -> impl Strategy<Value = Vec<(DateTime<Utc>, Event)>> {
    prop::collection::vec((instant(), event()), 0..40).prop_map(|mut history| {
        history.sort_by_key(|(now, _)| *now);
        history
    })
}

fn trial() -> impl Strategy<Value = Subscription> {
    instant().prop_map(Subscription::trial_until)
}

/// `None` when it was refused.
fn after(subscription: &Subscription, event: &Event, now: DateTime<Utc>) -> Option<Subscription> {
    let subscription = subscription.clone();
    match event.clone() {
        Event::Pay(plan, term) => subscription.pay(plan, term, now).ok(),
        Event::Activate => subscription.activate().ok(),
        Event::Renew(term) => subscription.renew(term, now).ok(),
        Event::RenewAs(plan, term) => subscription.renew_as(plan, term, now).ok(),
        Event::PastDue(grace_until) => subscription.past_due(grace_until).ok(),
        Event::Recover(term) => subscription.recover(term).ok(),
        Event::Expire => subscription.expire(now).ok(),
        Event::CancelAtPeriodEnd => subscription.cancel_at_period_end(now).ok(),
        Event::CancelNow => subscription.cancel_now(now).ok(),
        Event::Resume => subscription.resume(now).ok(),
        Event::GiveUp => subscription.give_up(now).ok(),
        Event::Refund => subscription.refund(now).ok(),
        Event::ExtendTrial(until) => subscription.extend_trial(until).ok(),
        Event::HandOver => Some(subscription.hand_over(now)),
    }
}

fn is_possible(Subscription { plan, state }: &Subscription) -> bool {
    let fits = |term: &PaidTerm| plan.is_paid() && check_seats(*plan, term.seats).is_ok();
    match state {
        State::Trial { .. } => *plan == Plan::Trial,
        State::Activation { term } => plan.needs_organization() && fits(term),
        State::Active { term, .. } => fits(term),
        State::PastDue { term, grace_until } => fits(term) && *grace_until >= term.paid_until,
        State::Expired { .. } => true,
        State::Canceled { .. } => plan.is_paid(),
    }
}

fn play(trial: Subscription, history: &[(DateTime<Utc>, Event)]) -> Subscription {
    history.iter().fold(trial, |before, (now, event)| {
        after(&before, event, *now).unwrap_or(before)
    })
}

/// What the accepted event promises; handing over gives the promise to the organization, and a refund the money back.
fn promised(
    before: Option<DateTime<Utc>>,
    event: &Event,
    left: &Subscription,
) -> Option<DateTime<Utc>> {
    match event {
        Event::Pay(_, term)
        | Event::Renew(term)
        | Event::RenewAs(_, term)
        | Event::Recover(term) => before.max(Some(term.paid_until)),
        Event::Refund => None,
        Event::HandOver if left.term().is_none() => None,
        Event::HandOver
        | Event::Activate
        | Event::PastDue(_)
        | Event::Expire
        | Event::CancelAtPeriodEnd
        | Event::CancelNow
        | Event::GiveUp
        | Event::ExtendTrial(_)
        | Event::Resume => before,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_history_reaches_an_impossible_state(trial in trial(), history in history()) {
        let mut subscription = trial;
        for (now, event) in &history {
            if let Some(next) = after(&subscription, event, *now) {
                prop_assert!(is_possible(&next), "{event:?} made {next:?} of {subscription:?}");
                subscription = next;
            }
        }
    }

    #[test]
    fn no_history_takes_away_what_is_paid(trial in trial(), history in history()) {
        let mut subscription = trial;
        let mut paid_until = None;
        for (now, event) in &history {
            let Some(next) = after(&subscription, event, *now) else { continue };
            paid_until = promised(paid_until, event, &next);
            if paid_until.is_some_and(|end| *now < end) {
                prop_assert!(next.is_live(*now), "{event:?} made {next:?} of {subscription:?}");
                prop_assert!(next.term().map(|term| term.paid_until) >= paid_until, "{next:?}");
            }
            if let (Some(before), Some(after)) = (subscription.term(), next.term()) {
                prop_assert!(before.paid_until <= after.paid_until, "{event:?} made {next:?}");
            }
            subscription = next;
        }
    }

    #[test]
    fn no_news_takes_away_plan_or_seats_of_a_period_that_is_paid(trial in trial(), history in history()) {
        let mut subscription = trial;
        for (now, event) in &history {
            let Some(next) = after(&subscription, event, *now) else { continue };
            if let (Some(before), Some(after)) = (Terms::of(&subscription), Terms::of(&next))
                && subscription.term().map(|term| term.paid_until) == next.term().map(|term| term.paid_until)
                && subscription.is_live(*now)
            {
                prop_assert_eq!(after.takes_effect(before), TakesEffect::Now, "{:?} made {:?} of {:?}", event, next, subscription);
            }
            subscription = next;
        }
    }

    #[test]
    fn event_that_comes_twice_has_one_effect(trial in trial(), history in history()) {
        let twice: Vec<_> = history.iter().flat_map(|entry| [entry.clone(), entry.clone()]).collect();
        prop_assert_eq!(play(trial.clone(), &twice), play(trial, &history));
    }

    #[test]
    fn payment_wins_over_expiry_in_the_same_instant(
        trial in trial(), history in history(), plan in prop::sample::select(Plan::ALL), term in term()
    ) {
        let now = history.last().map_or_else(|| trial.ends_at(), |(now, _)| *now);
        let subscription = play(trial, &history);
        let (pay, expire) = (Event::Pay(plan, term.clone()), Event::Expire);
        if now < term.paid_until && after(&subscription, &pay, now).is_some() {
            let paid_last = play(subscription.clone(), &[(now, expire.clone()), (now, pay.clone())]);
            let paid_first = play(subscription, &[(now, pay), (now, expire)]);
            prop_assert!(paid_last.is_live(now) && paid_first.is_live(now));
            prop_assert_eq!(paid_last.claim(now), paid_first.claim(now));
        }
    }

    #[test]
    fn writing_the_end_down_shows_no_difference(trial in trial(), history in history(), later in instant()) {
        let subscription = play(trial, &history);
        if let Ok(written) = subscription.clone().expire(later) {
            prop_assert_eq!(written.claim(later), subscription.claim(later));
        }
    }

    #[test]
    fn only_time_ends_a_status(trial in trial(), history in history(), one in instant(), other in instant()) {
        let subscription = play(trial, &history);
        let (sooner, later) = (one.min(other), one.max(other));
        prop_assert!(subscription.is_live(sooner) || !subscription.is_live(later));
    }

    #[test]
    fn renewals_in_any_order_pay_until_the_last_end(
        ends in prop::collection::vec(instant(), 1..6).prop_shuffle()
    ) {
        let now = *ends.iter().min().unwrap();
        let term = |paid_until| PaidTerm { interval: Interval::Month, seats: 1, paid_until };
        let first = Subscription::trial_until(now).pay(Plan::Personal, term(now), now).unwrap();
        let renewed = ends.iter().fold(first, |paid, end| paid.renew(term(*end), now).unwrap());
        prop_assert_eq!(renewed.term().map(|term| &term.paid_until), ends.iter().max());
    }
}
