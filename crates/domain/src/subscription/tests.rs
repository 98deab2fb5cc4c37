use super::*;

fn at(hours: i64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    start + TimeDelta::hours(hours)
}

fn until(hours: i64) -> PaidTerm {
    PaidTerm {
        interval: Interval::Month,
        seats: 1,
        paid_until: at(hours),
    }
}

fn active(hours: i64) -> Subscription {
    let state = State::Active {
        term: until(hours),
        cancel_at_period_end: false,
    };
    Subscription {
        plan: Plan::Team,
        state,
    }
}

fn in_activation(hours: i64) -> Subscription {
    Subscription {
        plan: Plan::Team,
        state: State::Activation { term: until(hours) },
    }
}

#[test]
fn trial_ends_at_the_instant_it_ends() {
    let trial = Subscription::start_trial(at(0), 14);
    assert_eq!(trial.ends_at(), at(14 * 24));
    assert_eq!(
        trial.status(at(14 * 24) - TimeDelta::milliseconds(1)),
        Status::Active
    );
    assert_eq!(trial.status(at(14 * 24)), Status::Expired);
}

#[test]
fn trial_ends_on_a_whole_millisecond() {
    let trial = Subscription::start_trial(at(0) + TimeDelta::nanoseconds(1_234_567), 1);
    assert_eq!(trial.ends_at(), at(24) + TimeDelta::milliseconds(1));
}

#[test]
fn absurd_trial_does_not_overflow() {
    assert!(Subscription::start_trial(at(0), u32::MAX).is_live(at(0)));
}

#[test]
fn trial_reads_as_the_login_action_writes_it() {
    let trial = Subscription::start_trial("2026-11-20T09:00:00Z".parse().unwrap(), 14);
    let claim = trial
        .claim("2026-11-20T09:00:00Z".parse().unwrap())
        .to_string();
    assert_eq!(claim, "trial;2026-12-04T09:00:00.000Z;active");
}

#[test]
fn payment_in_the_instant_of_expiry_wins() {
    let trial = Subscription::trial_until(at(0));
    let expired_first = trial
        .clone()
        .expire(at(0))
        .unwrap()
        .pay(Plan::Personal, until(720), at(0));
    let paid_first = trial.pay(Plan::Personal, until(720), at(0)).unwrap();
    assert_eq!(expired_first.as_ref(), Ok(&paid_first));
    assert_eq!(
        paid_first.clone().expire(at(0)),
        Err(ExpireRefusal::StillRuns)
    );
    assert!(paid_first.is_live(at(0)));
}

#[test]
fn plan_for_an_organization_waits_for_it() {
    let trial = Subscription::start_trial(at(0), 14);
    let paid = trial.pay(Plan::Team, until(720), at(1)).unwrap();
    assert_eq!(paid.status(at(1)), Status::Activation);
    assert_eq!(paid.activate().unwrap(), active(720));
}

#[test]
fn personal_plan_is_active_at_once() {
    let paid = Subscription::start_trial(at(0), 14)
        .pay(Plan::Personal, until(720), at(1))
        .unwrap();
    assert_eq!(paid.status(at(1)), Status::Active);
    assert_eq!(paid.activate(), Err(ActivateRefusal::NotInActivation));
}

#[test]
fn trial_is_not_for_sale_and_seats_are_checked() {
    let trial = Subscription::start_trial(at(0), 14);
    let refusal = trial
        .clone()
        .pay(Plan::Trial, until(720), at(1))
        .unwrap_err();
    assert_eq!(refusal.code(), "plan_not_for_sale");
    let term = PaidTerm {
        seats: 2,
        ..until(720)
    };
    let refusal = trial.pay(Plan::Personal, term, at(1)).unwrap_err();
    assert_eq!(refusal.code(), "too_many_seats");
}

#[test]
fn another_plan_waits_until_the_paid_one_has_ended() {
    let refusal = active(720).pay(Plan::Enterprise, until(1440), at(719));
    assert_eq!(refusal, Err(PayRefusal::AnotherPlan { plan: Plan::Team }));
    let paid = active(720)
        .pay(Plan::Enterprise, until(1440), at(744))
        .unwrap();
    assert_eq!(
        (paid.plan, paid.status(at(744))),
        (Plan::Enterprise, Status::Active)
    );
}

#[test]
fn late_activation_is_never_displaced_by_another_plan() {
    let refusal = in_activation(720).pay(Plan::Enterprise, until(2000), at(1000));
    assert_eq!(refusal, Err(PayRefusal::AnotherPlan { plan: Plan::Team }));
    assert_eq!(
        in_activation(720).expire(at(1000)),
        Err(ExpireRefusal::InActivation)
    );
    assert_eq!(
        in_activation(720).renew(until(1440), at(1000)),
        Ok(in_activation(1440))
    );
}

#[test]
fn renewal_may_be_a_day_late() {
    assert_eq!(active(720).status(at(743)), Status::Active);
    assert_eq!(active(720).status(at(744)), Status::Expired);
    assert_eq!(active(720).claim(at(744)).end, at(720));
}

#[test]
fn renewal_that_comes_after_the_end_revives() {
    let expired = active(720).expire(at(800)).unwrap();
    assert_eq!(expired.state, State::Expired { since: at(720) });
    assert_eq!(expired.renew(until(1440), at(801)), Ok(active(1440)));
}

#[test]
fn news_of_a_period_that_is_over_revives_nothing() {
    let canceled = active(720).cancel_now(at(800)).unwrap();
    assert_eq!(canceled.clone().renew(until(720), at(801)), Ok(canceled));
}

#[test]
fn older_news_changes_nothing() {
    let old = PaidTerm {
        seats: 9,
        ..until(500)
    };
    assert_eq!(active(720).renew(old, at(1)), Ok(active(720)));
}

#[test]
fn grace_covers_what_is_paid_and_does_not_grow() {
    let past_due = active(720).past_due(at(10)).unwrap();
    assert_eq!(past_due.ends_at(), at(720));
    assert_eq!(past_due.clone().past_due(at(9000)), Ok(past_due));
}

#[test]
fn grace_ends() {
    let past_due = active(720).past_due(at(720 + 14 * 24)).unwrap();
    assert_eq!(past_due.status(at(1000)), Status::PastDue);
    assert_eq!(past_due.status(at(720 + 14 * 24)), Status::Expired);
}

#[test]
fn outstanding_payment_recovers() {
    let past_due = active(720).past_due(at(1000)).unwrap();
    assert_eq!(past_due.recover(until(1440)), Ok(active(1440)));
    assert_eq!(
        active(720).recover(until(1440)),
        Err(RecoverRefusal::NotPastDue)
    );
}

#[test]
fn cancellation_keeps_what_is_paid_and_nothing_more() {
    let canceled = active(720).cancel_at_period_end(at(1)).unwrap();
    assert_eq!(canceled.status(at(719)), Status::Active);
    assert_eq!(canceled.status(at(720)), Status::Canceled);
    assert_eq!(active(720).cancel_now(at(1)), Ok(canceled));
}

#[test]
fn cancellation_ends_slack_and_grace_at_once() {
    let in_slack = active(720).cancel_now(at(730)).unwrap();
    assert_eq!(in_slack.state, State::Canceled { since: at(730) });
    let in_grace = active(720)
        .past_due(at(1000))
        .unwrap()
        .cancel_at_period_end(at(730))
        .unwrap();
    assert_eq!(in_grace.state, State::Canceled { since: at(730) });
}

#[test]
fn cancellation_can_be_taken_back_before_the_end() {
    let canceled = active(720).cancel_at_period_end(at(1)).unwrap();
    assert_eq!(canceled.clone().resume(at(719)), Ok(active(720)));
    assert_eq!(canceled.resume(at(720)), Err(ResumeRefusal::Ended));
    assert_eq!(active(720).resume(at(1)), Ok(active(720)));
}

#[test]
fn trial_has_nothing_to_cancel_renew_or_resume() {
    let trial = Subscription::start_trial(at(0), 14);
    assert_eq!(trial.clone().cancel_now(at(1)), Err(CancelRefusal::Trial));
    assert_eq!(
        trial.clone().cancel_at_period_end(at(1)),
        Err(CancelRefusal::Trial)
    );
    assert_eq!(
        trial.clone().renew(until(720), at(1)),
        Err(RenewRefusal::NeverPaid)
    );
    assert_eq!(
        trial.clone().past_due(at(1)),
        Err(PastDueRefusal::NeverPaid)
    );
    assert_eq!(trial.resume(at(1)), Err(ResumeRefusal::Trial));
}

#[test]
fn individual_keeps_no_trial_after_handing_over() {
    let handed_over = in_activation(720).hand_over(at(5));
    assert_eq!(handed_over.plan, Plan::Trial);
    assert_eq!(handed_over.state, State::Expired { since: at(5) });
}

#[test]
fn individual_keeps_a_personal_plan_when_handing_over() {
    let personal = Subscription {
        plan: Plan::Personal,
        ..active(720)
    };
    assert_eq!(personal.clone().hand_over(at(5)), personal);
}

#[test]
fn month_after_the_31st_is_the_last_day() {
    let end = Interval::Month.after("2027-01-31T10:00:00Z".parse().unwrap());
    assert_eq!(end.to_rfc3339(), "2027-02-28T10:00:00+00:00");
}

/// The news of a period that has begun and is not charged says the end of the one before.
#[test]
fn an_unpaid_period_gives_the_grace_and_nothing_more() {
    let begun = active(720).renew(until(720), at(721)).unwrap();
    assert_eq!(begun, active(720));
    let past_due = begun.past_due(at(722 + 14 * 24)).unwrap();
    assert_eq!(past_due.ends_at(), at(722 + 14 * 24));
    let canceled = past_due.cancel_now(at(730)).unwrap();
    assert_eq!(canceled.state, State::Canceled { since: at(730) });
}
