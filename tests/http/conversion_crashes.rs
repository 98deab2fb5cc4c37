//! Payments become organizations exactly once while workers are killed and Auth0 fails around them.

use std::time::Duration;

use rand::RngExt;
use reqwest::Method;
use serde_json::json;
use sqlx::Row;
use tests::{Buyer, Options, TestApp, process};
use tokio::process::Child;

const KILLS: usize = 200;
const BUYERS: usize = 24;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_kills_lose_and_double_no_organization() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    make_auth0_faulty(&app).await;
    let mut workers = [work(&app), work(&app)];
    let mut buyers = Vec::new();
    for kill in 0..KILLS {
        if kill % (KILLS / BUYERS) == 0 && buyers.len() < BUYERS {
            buyers.push(app.buyer().await);
        }
        let alive = Duration::from_millis(rand::rng().random_range(0..250));
        tokio::time::sleep(alive).await;
        let victim = kill % workers.len();
        workers[victim].kill().await.expect("it can be killed");
        workers[victim] = work(&app);
    }
    assert_eq!(buyers.len(), BUYERS);
    for buyer in &buyers {
        app.converted(buyer).await;
    }
    each_has_exactly_one(&app, &buyers).await;
}

fn work(app: &TestApp) -> Child {
    let mut variables = app.variables.clone();
    variables.insert("WORKER_LEASE_SECONDS".into(), "1".into());
    variables.insert("WORKER_LONGEST_BACKOFF_SECONDS".into(), "1".into());
    variables.insert("LOG".into(), "off".into());
    process::spawn(&["work"], &variables)
}

/// One call in ten fails before its effect, one in ten after it, one in twenty takes longer than we wait.
async fn make_auth0_faulty(app: &TestApp) {
    for (kind, probability) in [("status", 0.1), ("error_after", 0.1)] {
        let fault =
            json!({ "path": "/api/v2/", "kind": kind, "status": 503, "probability": probability });
        app.plan_fault(&fault).await;
    }
}

/// In the database, in Auth0 and at the payment provider.
pub(crate) async fn each_has_exactly_one(app: &TestApp, buyers: &[Buyer]) {
    app.clear_faults().await;
    let organizations = organizations_by_marker(app).await;
    let mut admin = app.database.admin().await;
    for buyer in buyers {
        let mine: Vec<_> = organizations
            .iter()
            .filter(|(marker, _)| *marker == buyer.conversion_id)
            .collect();
        let [(_, organization)] = mine.as_slice() else {
            panic!("{} has {} organizations", buyer.conversion_id, mine.len());
        };
        let owners = app
            .auth0()
            .organizations()
            .members_page(organization, None)
            .await
            .expect("Auth0 answers");
        let owners: Vec<_> = owners
            .items
            .iter()
            .map(|member| member.user_id.as_str())
            .collect();
        assert_eq!(owners, [buyer.person.user_id.as_str()]);
        let rows = sqlx::query(
            "select (select count(*) from app.customers where org_id = $1) customers, \
             (select count(*) from app.subscriptions where org_id = $1) subscriptions, \
             (select count(*) from app.memberships where org_id = $1 and roles = '{org_admin}') admins, \
             (select count(*) from app.audit_events where org_id = $1 and action = 'organization.created') founded",
        )
        .bind(organization)
        .fetch_one(&mut admin)
        .await
        .expect("the administrator sees every row");
        for column in ["customers", "subscriptions", "admins", "founded"] {
            assert_eq!(rows.get::<i64, _>(column), 1, "{column} of {organization}");
        }
    }
    assert_eq!(
        organizations.len(),
        buyers.len(),
        "no organization without a buyer"
    );
    let paid = app
        .sandbox_request(Method::GET, "stripe/v1/subscriptions?limit=100")
        .bearer_auth("sk_test_tenantry");
    assert_eq!(
        app.send(paid).await.json()["data"].as_array().map(Vec::len),
        Some(buyers.len())
    );
}

/// (marker, organization id) of every organization of the tenant.
pub(crate) async fn organizations_by_marker(app: &TestApp) -> Vec<(String, String)> {
    let (client, mut from, mut found) = (app.auth0(), None, Vec::new());
    loop {
        let page = client
            .organizations()
            .page(from.as_deref())
            .await
            .expect("Auth0 answers");
        found.extend(page.items.into_iter().map(|organization| {
            (
                organization
                    .metadata
                    .get("conversion")
                    .cloned()
                    .unwrap_or_default(),
                organization.id,
            )
        }));
        from = page.next;
        if from.is_none() {
            return found;
        }
    }
}
