//! The comparison with Auth0 finds what no event told, counts it, and reads no faster than it may.

use std::time::Instant;

use chrono::{DateTime, Utc};
use domain::Role;
use reqwest::Method;
use serde_json::json;
use tests::{Options, TestApp, eventually};

use super::{
    after_a_comparison, auth0_members, compared_once, comparing, drift_ever, management,
    our_members, remove_in_auth0, swap_role_in_auth0, sync, told,
};

#[tokio::test(flavor = "multi_thread")]
async fn with_every_event_lost_one_comparison_makes_both_sides_the_same_and_counts_the_drift() {
    let app = told().await;
    let organization = app.organization().await;
    let (changed, _) = app.member(&organization, Role::OrgReadonly).await;
    let (removed, token) = app.member(&organization, Role::OrgMember).await;
    let added = app.visitor().await;
    app.settled().await;
    // Nobody has joined just now, so that a list without them is no list that lags.
    app.advance("PT1M").await;
    app.plan_fault(&json!({ "kind": "drop_event", "path": "" }))
        .await;
    let before = drift_ever(&app, &organization).await;
    let roles = [Role::OrgReadonly, Role::OrgBilling];
    swap_role_in_auth0(&app, &organization, &changed, roles).await;
    remove_in_auth0(&app, &organization, &removed).await;
    let auth0 = app.auth0();
    let members = [added.user_id.clone()];
    let adding = auth0
        .organizations()
        .add_members(&organization.id, &members);
    adding.await.expect("Auth0 adds them");
    let path = format!("users/{}", changed.user_id);
    let change =
        json!({ "name": "A new name", "picture": "https://example.com/new.png", "blocked": true });
    management(&app, Method::PATCH, &path, &change).await;
    compared_once(&app, &organization).await;
    let ours = our_members(&app, &organization).await;
    assert_eq!(ours, auth0_members(&app, &organization).await);
    assert!(ours[&changed.user_id].blocked && !ours.contains_key(&removed.user_id));
    let path = format!("/v1/orgs/{}", organization.id);
    app.get(&path, Some(&token))
        .await
        .assert_problem(403, "membership_required");
    assert_eq!(before, (0, 0, 0));
    // Whoever was changed was found twice: blocked, and with another role.
    assert_eq!(drift_ever(&app, &organization).await, (1, 1, 2));
    let sync = sync(&app, &organization).await;
    assert_eq!(sync["last_drift"]["removed"], 1, "{sync}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_waits_as_long_as_auth0_says_and_goes_on() {
    let app = comparing(false).await;
    let organization = app.organization().await;
    after_a_comparison(&app, &organization).await;
    let (person, _) = app.member(&organization, Role::OrgMember).await;
    let fault = json!({
        "method": "GET", "path": "/api/v2/organizations/{}/members", "kind": "status", "status": 429,
        "retry_after": 2, "times": 1,
    });
    app.plan_fault(&fault).await;
    let asked = Instant::now();
    eventually("the fault's end", || async {
        let faults = app.sandbox_get("sandbox/faults").await;
        let is_over = !faults.to_string().contains("retry_after\":2");
        is_over.then_some(())
    })
    .await;
    after_a_comparison(&app, &organization).await;
    assert!(asked.elapsed().as_secs() >= 2, "{:?}", asked.elapsed());
    assert!(
        our_members(&app, &organization)
            .await
            .contains_key(&person.user_id)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_reads_no_faster_than_its_budget() {
    let app = TestApp::with(Options {
        variables: vec![
            ("WORKER_RECONCILE_SECONDS", "1".to_owned()),
            ("WORKER_RECONCILE_READS_PER_MINUTE", "60".to_owned()),
        ],
        ..Options::default()
    })
    .await;
    let organizations = [app.organization().await, app.organization().await];
    let route = "GET /api/v2/organizations/{id}/members";
    let (before, begun) = (app.calls_of(route).await, Instant::now());
    for organization in &organizations {
        after_a_comparison(&app, organization).await;
    }
    let reads = app.calls_of(route).await - before;
    let seconds = begun.elapsed().as_secs();
    assert!(reads <= seconds + 2, "{reads} reads in {seconds} s");
}

/// Customers of whom Auth0 has the organizations; nobody bought them one by one.
async fn crowd(app: &TestApp, many: usize) -> Vec<String> {
    let (auth0, mut admin) = (app.auth0(), app.database.admin().await);
    let mut ids = Vec::new();
    for number in 0..many {
        let new = management::NewOrganization {
            name: format!("crowd-{number}"),
            display_name: "One of many".to_owned(),
            ..management::NewOrganization::default()
        };
        let made = auth0.organizations().create(&new).await;
        ids.push(made.expect("Auth0 makes it").id);
    }
    for statement in [
        "insert into ops.organization (org_id, name, display_name, created_at) \
         select id, 'crowd-' || n, 'One of many', now() from unnest($1::text[]) with ordinality as o (id, n)",
        "insert into app.customers (org_id, name, display_name, created_at, updated_at) \
         select id, 'crowd-' || n, 'One of many', now(), now() from unnest($1::text[]) with ordinality as o (id, n)",
    ] {
        let insert = sqlx::query(statement).bind(&ids);
        insert
            .execute(&mut admin)
            .await
            .expect("they are customers");
    }
    ids
}

/// The organizations whose lists were read since then, in order.
async fn read_since(app: &TestApp, then: DateTime<Utc>) -> Vec<String> {
    let requests = app.sandbox_get("sandbox/requests").await;
    let recent = requests["recent"].as_array().expect("a list").iter().rev();
    let read = recent.filter_map(|request| {
        let at: DateTime<Utc> = request["at"].as_str()?.parse().ok()?;
        let path = request["path"].as_str().filter(|_| at > then)?;
        let id = path.strip_prefix("/api/v2/organizations/")?;
        Some(id.strip_suffix("/members")?.to_owned())
    });
    read.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_organizations_are_compared_within_the_budget_and_the_one_with_news_first() {
    const PER_MINUTE: u32 = 3_000;
    let app = TestApp::with(Options {
        variables: vec![
            ("WORKER_RECONCILE_SECONDS", "1".to_owned()),
            ("WORKER_RECONCILE_READS_PER_MINUTE", PER_MINUTE.to_string()),
        ],
        ..Options::default()
    })
    .await;
    let (route, begun) = ("GET /api/v2/organizations/{id}/members", Instant::now());
    let ids = crowd(&app, 200).await;
    eventually("a comparison of all", || async {
        let all =
            "select count(*) from ops.mirror where org_id = any ($1) and reconciled_at is not null";
        let mut admin = app.database.admin().await;
        let compared: i64 = sqlx::query_scalar(all)
            .bind(&ids)
            .fetch_one(&mut admin)
            .await
            .expect("a count");
        (compared == 200).then_some(())
    })
    .await;
    let reads = app.calls_of(route).await;
    let most = begun.elapsed().as_secs_f64() * f64::from(PER_MINUTE) / 60.0;
    assert!(
        (reads as f64) <= most + 1.0,
        "{reads} reads, {most} allowed"
    );

    let store = app.database.store(store::DatabaseRole::Worker).await;
    let chosen: domain::OrganizationId = ids[100].parse().expect("an id");
    let mut tx = store.tenant(&chosen.into()).await.expect("a transaction");
    let now = app.sandbox.clock().now();
    tx.hint_mirror(now).await.expect("it is hinted");
    tx.commit().await.expect("it is committed");
    let place = eventually("a look at the news", || async {
        let read = read_since(&app, now).await;
        read.iter().position(|id| *id == ids[100])
    })
    .await;
    // The batch that was under way goes to its end.
    assert!(place <= 21, "{place} others came first");
}
