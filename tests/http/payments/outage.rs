//! The database is away while Stripe has news.

use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use store::DatabaseRole;
use tests::{Line, WEBHOOK_SECRET, stripe_signature};
use tokio::time::{Instant, sleep_until};

use super::payers::{Payer, pay_all, switch};
use super::*;

const ROLES: [(&str, DatabaseRole); 4] = [
    ("DATABASE_URL", DatabaseRole::Api),
    ("DATABASE_INBOX_URL", DatabaseRole::Inbox),
    ("DATABASE_WORKER_URL", DatabaseRole::Worker),
    ("DATABASE_PLATFORM_URL", DatabaseRole::Platform),
];

/// Payments before the outage begins, and while it lasts.
const BEFORE: usize = 20;
const DURING: usize = 40;

/// So long does the database stay away; it is the fault itself.
const OUTAGE: Duration = Duration::from_secs(60);

/// Stripe's fifth try is fifteen seconds after the first.
const TRIES: i64 = 5;

/// The same product, whose way to its database can be cut.
async fn over_a_line(app: TestApp) -> (TestApp, Line) {
    let direct = app.database.url(DatabaseRole::Api).expose().to_owned();
    let address = direct
        .split(['@', '/'])
        .nth(3)
        .expect("a host and a port")
        .to_owned();
    let line = Line::to(&address).await;
    let variables = ROLES.map(|(name, role)| {
        let url = app.database.url(role).expose().to_owned();
        (name, url.replace(&address, &line.address))
    });
    let variables = variables
        .each_ref()
        .map(|(name, url)| (*name, url.as_str()));
    (app.restart_with(&variables).await, line)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_nothing_is_lost_and_nothing_doubled() {
    let (app, line) = over_a_line(TestApp::start().await).await;
    switch(
        &app,
        &json!({ "concurrency": 8, "duplicate_percent": 20, "seed": 1 }),
    )
    .await;
    let trial = app.sandbox.clock().now() + TimeDelta::days(14);
    let payers = Payer::many(&app, BEFORE + DURING, trial).await;
    let paid = pay_all(&app, &payers[..BEFORE]);
    // In the middle of their news.
    let cut = async {
        eventually("the first news", || async {
            (stored(&app).await > 0).then_some(())
        })
        .await;
        line.cut();
        Instant::now()
    };
    let (_, since) = tokio::join!(paid, cut);
    pay_all(&app, &payers[BEFORE..]).await;
    let body = json!({ "id": "evt_in_the_dark", "type": "invoice.paid" }).to_string();
    let signature = stripe_signature(WEBHOOK_SECRET, app.now(), &body);
    let refused = app.stripe_webhook(&body, &[&signature]).await;
    refused.assert_problem(503, "database_unavailable");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    eventually("all of Stripe's news tried again and again", || async {
        let deliveries = app.sandbox_get("stripe/sandbox/deliveries").await;
        let waiting = deliveries["waiting"].as_array().expect("a list");
        let tried = |delivery: &Value| delivery["attempts"].as_i64() >= Some(TRIES);
        (waiting.len() >= DURING && waiting.iter().all(tried)).then_some(())
    })
    .await;
    sleep_until(since + OUTAGE).await;
    let in_the_dark = stored(&app).await;
    line.mend();
    app.advance("PT1H").await;
    app.settled().await;
    assert!(stored(&app).await > in_the_dark);
    let store = app.database.store(DatabaseRole::Worker).await;
    let now = app.sandbox.clock().now();
    let records = payers.iter().map(|payer| payer.record(&store));
    let records: Vec<_> = stream::iter(records).buffered(4).collect().await;
    for record in records {
        let claim = record.subscription.claim(now).to_string();
        let runs = claim.starts_with("personal;") && claim.ends_with(";active");
        assert!(runs, "{claim}");
    }
    let once = "select count(*) from app.audit_events where action = 'conversion.paid'";
    assert_eq!(count(&app, once).await, (BEFORE + DURING) as i64);
    assert_eq!(quarantined(&app).await, 0);
}

async fn stored(app: &TestApp) -> i64 {
    count(app, "select count(*) from ops.webhook_inbox").await
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("a count")
}
