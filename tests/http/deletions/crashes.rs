//! Erasures come to their end while workers are killed and Auth0 and Stripe fail around them, before and after the fact.

use std::time::Duration;

use rand::RngExt;
use serde_json::json;
use tests::{Options, TestApp, process};
use tokio::process::Child;

use super::{bought, delete, delete_me, is_erased, nothing_is_lost, rows_of, subscription_of};

const KILLS: usize = 60;
const ORGANIZATIONS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_kills_leave_nothing_of_whom_they_should_and_everything_of_the_others() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    let mut workers = [work(&app), work(&app)];
    let other = app.organization().await;
    let (mut gone, mut subscriptions) = (Vec::new(), Vec::new());
    for _ in 0..ORGANIZATIONS {
        let team = app.organization().await;
        subscriptions.push(bought(&app, &team.id).await);
        delete(&app, &team, &team.token).await.assert_status(202);
        gone.push(team.id);
    }
    let leaver = app.visitor().await;
    app.get("/v1/me", Some(&leaver.token))
        .await
        .assert_status(200);
    gone.extend(app.individuals(&[&leaver.user_id]).await);
    app.settled().await;
    let others = rows_of(&app, &other.id).await;
    for kind in ["status", "error_after"] {
        for path in ["/api/v2/", "/stripe/v1/"] {
            let fault = json!({ "path": path, "kind": kind, "status": 503, "probability": 0.15 });
            app.plan_fault(&fault).await;
        }
    }
    are_due(&app).await;
    delete_me(&app, &leaver.token).await.assert_status(204);
    for kill in 0..KILLS {
        let alive = Duration::from_millis(rand::rng().random_range(0..250));
        tokio::time::sleep(alive).await;
        let victim = kill % workers.len();
        workers[victim].kill().await.expect("it can be killed");
        workers[victim] = work(&app);
    }
    for tenant in &gone {
        is_erased(&app, tenant).await;
        assert_eq!(rows_of(&app, tenant).await, Vec::<String>::new());
    }
    app.clear_faults().await;
    for id in &gone[..ORGANIZATIONS] {
        let found = app.auth0().organizations().show(id).await;
        assert_eq!(found.expect("Auth0 answers"), None);
    }
    for id in &subscriptions {
        assert_eq!(subscription_of(&app, id).await["status"], "canceled");
    }
    let found = app.auth0().users().show(&leaver.user_id).await;
    assert_eq!(found.expect("Auth0 answers"), None);
    nothing_is_lost(&others, &rows_of(&app, &other.id).await);
    let found = app.auth0().organizations().show(&other.id).await;
    assert!(found.expect("Auth0 answers").is_some());
}

fn work(app: &TestApp) -> Child {
    let mut variables = app.variables.clone();
    variables.insert("WORKER_LEASE_SECONDS".into(), "1".into());
    variables.insert("WORKER_LONGEST_BACKOFF_SECONDS".into(), "1".into());
    variables.insert("LOG".into(), "off".into());
    process::spawn(&["work"], &variables)
}

/// A worker of its own process goes by the real clock, so the time comes to it.
async fn are_due(app: &TestApp) {
    let mut admin = app.database.admin().await;
    for statement in [
        "update ops.deletion set deletes_at = requested_at",
        "update ops.job set run_at = now() where kind = 'deletion' and done_at is null",
    ] {
        sqlx::query(statement)
            .execute(&mut admin)
            .await
            .expect("they are due");
    }
}
