//! Whatever Stripe has, in whatever order we look: changes, pauses, failures, ends and refunds. The period that the
//! customer paid for is never shorter than paid.

use domain::{Interval, PaidTerm, Plan, Subscription as Ours, catalogue};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const BEGUN: i64 = 1_790_000_000;

/// Half a day, so that many things fall on one instant.
const STEP: i64 = 12 * 3600;

#[derive(Debug, Clone)]
enum News {
    /// What is found when Stripe is looked at.
    Found(Box<Subscription>),
    /// The whole period is paid back.
    Refund,
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0_i64..120).prop_map(|step| DateTime::from_timestamp(BEGUN + step * STEP, 0).unwrap())
}

fn found() -> impl Strategy<Value = Subscription> {
    let status = prop::sample::select(vec![
        "active",
        "active",
        "active",
        "trialing",
        "past_due",
        "unpaid",
        "canceled",
        "incomplete",
        "paused",
    ]);
    let plans = vec![Plan::Personal, Plan::Team, Plan::Team, Plan::Enterprise];
    let invoice = prop::sample::select(vec!["paid", "paid", "paid", "open", "draft"]);
    let sold = (
        prop::sample::select(plans),
        prop::sample::select(Interval::ALL),
        1_u32..30,
    );
    let period = (instant(), instant());
    (status, invoice, sold, any::<bool>(), period).prop_map(
        |(status, invoice, (plan, interval, seats), ends, (one, other))| {
            let price = catalogue::price(plan, interval).unwrap();
            let price = json!({
                "id": "price_1", "lookup_key": price.lookup_key, "unit_amount": price.unit_amount_cents,
                "currency": catalogue::CURRENCY,
            });
            let item = json!({
                "id": "si_1", "price": price, "quantity": seats,
                "current_period_start": one.min(other).timestamp(),
                "current_period_end": one.max(other).timestamp(),
            });
            let subscription = json!({
                "id": "sub_1", "customer": "cus_1", "status": status, "livemode": false, "start_date": BEGUN,
                "cancel_at_period_end": ends, "items": { "data": [item] }, "latest_invoice": { "status": invoice },
            });
            serde_json::from_value(subscription).unwrap()
        },
    )
}

/// In the order of their times, many at the same one.
fn history() -> impl Strategy<Value = Vec<(DateTime<Utc>, News)>> {
    let news = prop_oneof![
        12 => found().prop_map(|found| News::Found(Box::new(found))),
        1 => Just(News::Refund),
    ];
    prop::collection::vec((instant(), news), 0..30).prop_map(|mut history| {
        history.sort_by_key(|(now, _)| *now);
        history
    })
}

fn bought(paid_until: DateTime<Utc>) -> SubscriptionRecord {
    let term = PaidTerm {
        interval: Interval::Month,
        seats: 5,
        paid_until,
    };
    SubscriptionRecord::new(Ours {
        plan: Plan::Team,
        state: State::Active {
            term,
            cancel_at_period_end: false,
        },
    })
}

fn refund(record: &mut SubscriptionRecord, now: DateTime<Utc>) {
    let paid_until = record.subscription.term().map(|term| term.paid_until);
    record.refunded_until = record.refunded_until.max(paid_until);
    record.subscription = record.subscription.clone().refund(now).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_period_is_never_shorter_than_paid(paid_until in instant(), history in history()) {
        let mut record = bought(paid_until);
        let mut promised = Some(paid_until);
        for (now, news) in history {
            let before = record.subscription.clone();
            match &news {
                News::Refund => {
                    refund(&mut record, now);
                    promised = None;
                }
                News::Found(found) => {
                    let Ok(after) = next(&record, found, now) else { continue };
                    record.subscription = after;
                    // With another status, the latest invoice is not a paid one.
                    let is_paid = matches!(
                        found.status,
                        SubscriptionStatus::Active | SubscriptionStatus::Trialing | SubscriptionStatus::Canceled,
                    ) && found.latest_invoice_is_paid();
                    let went_back = |end: &DateTime<Utc>| record.refunded_until >= Some(*end);
                    promised = promised.max(found.paid_until().filter(|end| is_paid && !went_back(end)));
                }
            }
            let after = &record.subscription;
            if promised.is_some_and(|end| now < end) {
                prop_assert!(after.is_live(now), "{news:?} made {after:?} of {before:?}");
                let paid_until = after.term().map(|term| term.paid_until);
                prop_assert!(paid_until >= promised, "{news:?} made {after:?} of {before:?}");
            }
            if let (Some(had), Some(has)) = (before.term(), after.term())
                && had.paid_until == has.paid_until
                && before.is_live(now)
            {
                let is_less = has.seats < had.seats || after.plan < before.plan;
                prop_assert!(!is_less, "{news:?} made {after:?} of {before:?}");
            }
        }
    }
}
