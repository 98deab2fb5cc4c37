//! We were away for longer than Stripe repeats its news.

use store::DatabaseRole;

use super::payers::{Payer, deliver_nothing, pay_all};
use super::*;

const PAYERS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_in_twenty_days_without_us_is_found() {
    let app = TestApp::start().await;
    let renewals = app.sandbox_request(Method::POST, "stripe/sandbox/renewals");
    let renewals = renewals.json(&json!({ "automatic": false }));
    app.send(renewals).await.assert_status(200);
    let trial = app.sandbox.clock().now() + TimeDelta::days(14);
    let payers = Payer::many(&app, 2 * PAYERS, trial).await;
    let (paid_before, paid_meanwhile) = payers.split_at(PAYERS);
    pay_all(&app, paid_before).await;
    app.settled().await;
    let store = app.database.store(DatabaseRole::Worker).await;
    eventually("a first listing", || async {
        store.stripe_caught_up_to().await.expect("an answer")
    })
    .await;
    let app = app
        .away(async |app| {
            deliver_nothing(app).await;
            pay_all(app, paid_meanwhile).await;
            for payer in paid_before {
                cancel(app, payer).await;
            }
            app.advance("P20D").await;
        })
        .await;
    for (number, payer) in payers.iter().enumerate() {
        let was_cancelled = number < PAYERS;
        eventually("what was missed", || async {
            let record = payer.record(&store).await;
            let ends = matches!(
                record.subscription.state,
                domain::State::Active { cancel_at_period_end, .. } if cancel_at_period_end == was_cancelled
            );
            ends.then_some(())
        })
        .await;
    }
    app.settled().await;
    assert_eq!(quarantined(&app).await, 0);
}

/// At Stripe, with the end of the period.
async fn cancel(app: &TestApp, payer: &Payer) {
    let listed = format!("subscriptions?customer={}", payer.customer);
    let listed = stripe(app, Method::GET, &listed, &[]).await;
    let id = text(&listed["data"][0]["id"]);
    change_at_stripe(app, &id, &[("cancel_at_period_end", "true")]).await;
}
