//! A thousand events, each twenty times, into two processes, with two workers behind them.

use futures::StreamExt;
use futures::stream;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use tests::process::spawn;
use tests::{Options, WEBHOOK_SECRET, stripe_signature};

use super::payers::{Payer, deliver_nothing, events, pay_all};
use super::*;

const EVENTS: usize = 1_000;
const COPIES: usize = 20;

/// Requests under way.
const AT_ONCE: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_events_twenty_times_each_into_two_processes_have_a_thousand_effects() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    let served = [app.serve(), app.serve()];
    let _workers = [(); 2].map(|()| spawn(&["work"], &app.variables));
    deliver_nothing(&app).await;
    let trial = app.sandbox.clock().now() + TimeDelta::days(14);
    let payers = Payer::many(&app, EVENTS, trial).await;
    pay_all(&app, &payers).await;
    let events = events(&app, &["invoice.paid"]).await;
    assert_eq!(events.len(), EVENTS);
    for server in &served {
        eventually("a second process", || async {
            let ready = server.get("/readyz", "").await?;
            ready.status.is_success().then_some(())
        })
        .await;
    }
    let events: Vec<_> = events.iter().map(Value::to_string).collect();
    let mut copies: Vec<_> = (0..EVENTS * COPIES).collect();
    copies.shuffle(&mut StdRng::seed_from_u64(1));
    let (app, served, events) = (&app, &served, &events);
    let sent = copies.into_iter().map(|copy| async move {
        let (body, server) = (&events[copy % EVENTS], &served[copy / EVENTS % 2]);
        let signature = stripe_signature(WEBHOOK_SECRET, app.now(), body);
        server.stripe_webhook(body, &signature).await
    });
    let statuses: Vec<_> = stream::iter(sent).buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(statuses, vec![200; EVENTS * COPIES]);
    app.settled().await;
    assert_eq!(effects(app).await, [EVENTS as i64; 4]);
}

/// Stored events, their jobs, payments that were written down, and plans that run.
async fn effects(app: &TestApp) -> [i64; 4] {
    let mut admin = app.database.admin().await;
    let counts = [
        "select count(*) from ops.webhook_inbox where state = 'done'",
        "select count(*) from ops.job where kind = 'stripe_webhook'",
        "select count(*) from app.audit_events where action = 'conversion.paid'",
        "select count(*) from app.subscriptions where plan = 'personal' and state = 'active'",
    ];
    let mut found = [0; 4];
    for (found, count) in found.iter_mut().zip(counts) {
        let count = sqlx::query_scalar(count).fetch_one(&mut admin).await;
        *found = count.expect("a count");
    }
    found
}
