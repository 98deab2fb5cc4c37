//! The payment and the end of the trial in the same second, a thousand times.

use futures::future::join_all;
use store::{DatabaseRole, Store};

use super::payers::{Payer, deliver, deliver_nothing, events, pay_all};
use super::*;

const ROUNDS: usize = 20;

/// Of each round; one more person has a browser.
const RACES: usize = 49;

/// How long before the end the payments' news comes; being dealt with, it comes to both sides of it.
const AHEAD: TimeDelta = TimeDelta::milliseconds(400);

#[tokio::test(flavor = "multi_thread")]
async fn whoever_pays_in_the_second_in_which_the_trial_ends_is_locked_out_in_none_of_a_thousand_races()
 {
    let app = TestApp::start().await;
    deliver_nothing(&app).await;
    let renewals = app.sandbox_request(Method::POST, "stripe/sandbox/renewals");
    let renewals = renewals.json(&json!({ "automatic": false }));
    app.send(renewals).await.assert_status(200);
    let store = app.database.store(DatabaseRole::Worker).await;
    for round in 0..ROUNDS {
        let person = app.visitor().await;
        let end = end_of(&mine(&app, &person).await);
        pass(&app, end, -TimeDelta::hours(1));
        let mut person = again(&app, person).await;
        let order = json!({ "plan": "personal", "interval": "month" });
        let checkout = check_out(&app, &person, order).await;
        let payers = Payer::many(&app, RACES, end).await;
        pay_all(&app, &payers).await;
        person.pay(&app, &checkout.page).await;
        let news = events(&app, &["checkout.session.completed"]).await;
        let news = &news[..=RACES];
        pass(&app, end, -AHEAD);
        tokio::join!(deliver(&app, news), write_down(&app, &store, &payers, end));
        app.settled().await;
        let now = app.sandbox.clock().now();
        assert!(now > end, "round {round} was over before the trial was");
        for payer in &payers {
            let subscription = payer.record(&store).await.subscription;
            let claim = subscription.claim(now).to_string();
            assert!(claim.starts_with("personal;"), "round {round}: {claim}");
            assert!(subscription.is_live(now), "round {round}: {claim}");
        }
        let person = again(&app, person).await;
        let project = json!({ "name": "Just in time" });
        app.post("/v1/me/projects", &person.token, &project)
            .await
            .assert_status(201);
    }
}

/// Somebody writes down what has ended, as often as it takes for the end to come.
async fn write_down(app: &TestApp, store: &Store, payers: &[Payer], end: DateTime<Utc>) {
    let expired = payers.iter().map(|payer| async move {
        loop {
            let mut tx = store.tenant(&payer.tenant).await.expect("a transaction");
            let record = tx.lock_subscription().await.expect("it is read");
            let mut record = record.expect("a subscription");
            let now = app.sandbox.clock().now();
            if let Ok(expired) = record.subscription.clone().expire(now) {
                record.subscription = expired;
                tx.save_subscription(&record).await.expect("it is saved");
                tx.commit().await.expect("it is committed");
            }
            if now > end {
                return;
            }
        }
    });
    join_all(expired).await;
}
