//! The comparison with Auth0 finds what no event told, counts it, and reads no faster than it may.

use std::time::Instant;

use domain::Role;
use serde_json::json;
use tests::{Options, TestApp, eventually};

use super::{
    after_a_comparison, auth0_members, comparing, our_members, remove_in_auth0, swap_role_in_auth0,
    sync,
};

#[tokio::test(flavor = "multi_thread")]
async fn with_every_event_lost_one_comparison_makes_both_sides_the_same_and_counts_the_drift() {
    let app = comparing(true).await;
    let organization = app.organization().await;
    let (changed, _) = app.member(&organization, Role::OrgReadonly).await;
    let (removed, token) = app.member(&organization, Role::OrgMember).await;
    let added = app.visitor().await;
    after_a_comparison(&app, &organization).await;
    // Nobody has joined just now, so that a list without them is no list that lags.
    app.advance("PT1M").await;
    app.plan_fault(&json!({ "kind": "drop_event", "path": "" }))
        .await;
    let before = sync(&app, &organization).await["last_drift"].clone();
    let roles = [Role::OrgReadonly, Role::OrgBilling];
    swap_role_in_auth0(&app, &organization, &changed, roles).await;
    remove_in_auth0(&app, &organization, &removed).await;
    let auth0 = app.auth0();
    let members = [added.user_id.clone()];
    let adding = auth0
        .organizations()
        .add_members(&organization.id, &members);
    adding.await.expect("Auth0 adds them");
    let after = after_a_comparison(&app, &organization).await;
    assert_ne!(after["last_drift"], before, "{after}");
    let ours = our_members(&app, &organization).await;
    let theirs = auth0_members(&app, &organization).await;
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        theirs.keys().collect::<Vec<_>>()
    );
    assert_eq!(ours[&changed.user_id], theirs[&changed.user_id]);
    let path = format!("/v1/orgs/{}", organization.id);
    app.get(&path, Some(&token))
        .await
        .assert_problem(403, "membership_required");
    let counted = "select added_ever > 0 and removed_ever > 0 and changed_ever > 0 from ops.mirror where org_id = $1";
    let mut admin = app.database.admin().await;
    let counted = sqlx::query_scalar(counted).bind(&organization.id);
    let counted: bool = counted.fetch_one(&mut admin).await.expect("a row");
    assert!(counted, "{after}");
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
