//! Every command in every state, one cell each: the state that it leads to, or the code of the refusal.

use super::*;

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::hours(hours)
}

/// Now is hour 100. What is paid ends at 720 where it runs and ended at 90 where the name says so.
const NOW: i64 = 100;

fn until(hours: i64) -> PaidTerm {
    PaidTerm {
        interval: Interval::Month,
        seats: 2,
        paid_until: at(hours),
    }
}

fn with(plan: Plan, state: State) -> Subscription {
    Subscription { plan, state }
}

fn active(paid_until: i64, cancel_at_period_end: bool) -> Subscription {
    let term = until(paid_until);
    let state = State::Active {
        term,
        cancel_at_period_end,
    };
    with(Plan::Team, state)
}

fn states() -> [(&'static str, Subscription); 13] {
    let late = |paid: i64, grace: i64| {
        let (term, grace_until) = (until(paid), at(grace));
        with(Plan::Team, State::PastDue { term, grace_until })
    };
    let expired = State::Expired { since: at(90) };
    [
        ("trial", Subscription::trial_until(at(720))),
        ("trial over", Subscription::trial_until(at(90))),
        ("trial expired", with(Plan::Trial, expired.clone())),
        (
            "activation",
            with(Plan::Team, State::Activation { term: until(720) }),
        ),
        ("active", active(720, false)),
        ("in slack", active(90, false)),
        ("slack over", active(70, false)),
        ("cancelling", active(720, true)),
        ("past due", late(90, 400)),
        ("paid past due", late(720, 720)),
        ("grace over", late(50, 90)),
        ("expired", with(Plan::Team, expired)),
        (
            "canceled",
            with(Plan::Team, State::Canceled { since: at(90) }),
        ),
    ]
}

fn name(subscription: &Subscription) -> String {
    let state = match &subscription.state {
        State::Trial { .. } => "trial",
        State::Activation { .. } => "activation",
        State::Active {
            cancel_at_period_end: true,
            ..
        } => "cancelling",
        State::Active { .. } => "active",
        State::PastDue { .. } => "past_due",
        State::Expired { .. } => "expired",
        State::Canceled { .. } => "canceled",
    };
    match subscription.plan {
        Plan::Team => state.to_owned(),
        other => format!("{other} {state}"),
    }
}

type Command = fn(Subscription) -> Result<Subscription, &'static str>;

const COMMANDS: [(&str, Command); 15] = [
    ("pay team", |it| {
        it.pay(Plan::Team, until(820), at(NOW))
            .map_err(PayRefusal::code)
    }),
    ("pay enterprise", |it| {
        it.pay(Plan::Enterprise, until(820), at(NOW))
            .map_err(PayRefusal::code)
    }),
    ("activate", |it| {
        it.activate().map_err(ActivateRefusal::code)
    }),
    ("renew", |it| {
        it.renew(until(820), at(NOW)).map_err(RenewRefusal::code)
    }),
    ("renew as enterprise", |it| {
        it.renew_as(Plan::Enterprise, until(820), at(NOW))
            .map_err(RenewRefusal::code)
    }),
    ("renew as personal", |it| {
        it.renew_as(Plan::Personal, until(820), at(NOW))
            .map_err(RenewRefusal::code)
    }),
    ("past due", |it| {
        it.past_due(at(NOW + 336)).map_err(PastDueRefusal::code)
    }),
    ("recover", |it| {
        it.recover(until(820)).map_err(RecoverRefusal::code)
    }),
    ("give up", |it| {
        it.give_up(at(NOW)).map_err(CancelRefusal::code)
    }),
    ("expire", |it| {
        it.expire(at(NOW)).map_err(ExpireRefusal::code)
    }),
    ("cancel at end", |it| {
        it.cancel_at_period_end(at(NOW))
            .map_err(CancelRefusal::code)
    }),
    ("cancel now", |it| {
        it.cancel_now(at(NOW)).map_err(CancelRefusal::code)
    }),
    ("resume", |it| {
        it.resume(at(NOW)).map_err(ResumeRefusal::code)
    }),
    ("refund", |it| {
        it.refund(at(NOW)).map_err(CancelRefusal::code)
    }),
    ("extend trial", |it| {
        it.extend_trial(at(900)).map_err(ExtendRefusal::code)
    }),
];

#[test]
fn every_command_in_every_state() {
    let mut table = String::new();
    for (state, subscription) in states() {
        for (command, run) in COMMANDS {
            let outcome = run(subscription.clone()).map_or_else(str::to_owned, |next| name(&next));
            table.push_str(&format!("{state} | {command} | {outcome}\n"));
        }
    }
    let expected = include_str!("table.txt");
    for (line, (is, should)) in table.lines().zip(expected.lines()).enumerate() {
        assert_eq!(is, should, "line {} of table.txt", line + 1);
    }
    assert_eq!(table.lines().count(), expected.lines().count());
}
