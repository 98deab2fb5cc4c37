//! Organizations and accounts that go: requested, taken back, erased, and everybody else untouched.

mod accounts;
mod crashes;
mod organizations;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tests::{Answer, Organization, TestApp, eventually};

async fn delete(app: &TestApp, organization: &Organization, token: &str) -> Answer {
    let (id, name) = (&organization.id, &organization.name);
    let path = format!("/v1/orgs/{id}?confirm_name={name}");
    app.send(app.request(Method::DELETE, &path, Some(token)))
        .await
}

async fn restore(app: &TestApp, organization: &Organization, token: &str) -> Answer {
    let path = format!("/v1/orgs/{}/deletion", organization.id);
    app.send(app.request(Method::DELETE, &path, Some(token)))
        .await
}

async fn delete_me(app: &TestApp, token: &str) -> Answer {
    app.send(app.request(Method::DELETE, "/v1/me", Some(token)))
        .await
}

/// Rows that belong to this tenant by their `org_id`, in whatever table, but its tombstone.
async fn rows_of(app: &TestApp, tenant: &str) -> Vec<String> {
    let mut admin = app.database.admin().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', table_schema, table_name) from information_schema.columns \
         where table_schema in ('app', 'ops') and column_name = 'org_id' and table_name <> 'deletion' \
         and (table_schema, table_name) in (select schemaname, tablename from pg_tables) order by 1",
    )
    .fetch_all(&mut admin)
    .await
    .expect("the catalog");
    assert!(tables.len() > 15, "{tables:?}");
    let mut rows = Vec::new();
    for table in tables {
        let found = AssertSqlSafe(format!(
            "select '{table} ' || t::text from {table} t where org_id = $1 order by 1"
        ));
        let found: Vec<String> = sqlx::query_scalar(found)
            .bind(tenant)
            .fetch_all(&mut admin)
            .await
            .expect("rows");
        rows.extend(found);
    }
    rows
}

/// Every row is there as it was, but for those that change by themselves: a renewal, a comparison, a job.
fn nothing_is_lost(before: &[String], after: &[String]) {
    const MOVING: [&str; 4] = [
        "app.audit_chains ",
        "app.subscriptions ",
        "ops.job ",
        "ops.mirror ",
    ];
    let stays = |row: &&String| !MOVING.iter().any(|moving| row.starts_with(moving));
    let lost: Vec<_> = before
        .iter()
        .filter(stays)
        .filter(|row| !after.contains(row))
        .collect();
    assert!(lost.is_empty(), "{lost:#?}");
    let kinds = |rows: &[String]| -> Vec<bool> {
        MOVING
            .map(|table| rows.iter().any(|row| row.starts_with(table)))
            .into()
    };
    assert_eq!(kinds(before)[..2], kinds(after)[..2]);
}

async fn finished_at(app: &TestApp, tenant: &str) -> Option<DateTime<Utc>> {
    sqlx::query_scalar("select finished_at from ops.deletion where org_id = $1")
        .bind(tenant)
        .fetch_optional(&mut app.database.admin().await)
        .await
        .expect("a tombstone")
        .flatten()
}

async fn is_erased(app: &TestApp, tenant: &str) {
    eventually("the end of the erasure", || finished_at(app, tenant)).await;
}

/// The only one with this text in it, as Stripe has it.
async fn subscription_of(app: &TestApp, stripe_id: &str) -> Value {
    let path = format!("stripe/v1/subscriptions/{stripe_id}");
    let request = app.sandbox_request(Method::GET, &path);
    let answer = app.send(request.bearer_auth("sk_test_tenantry")).await;
    answer.assert_status(200).json()
}

async fn bought(app: &TestApp, tenant: &str) -> String {
    let bought = "select stripe_subscription_id from app.subscriptions where org_id = $1";
    sqlx::query_scalar(bought)
        .bind(tenant)
        .fetch_one(&mut app.database.admin().await)
        .await
        .expect("what was bought")
}

/// As Stripe comes to have it.
async fn ends_with_its_period(app: &TestApp, stripe_id: &str, ends: bool) {
    eventually("the subscription at Stripe", || async {
        let found = subscription_of(app, stripe_id).await;
        (found["cancel_at_period_end"] == ends).then_some(())
    })
    .await;
}

/// Whether the fault is over or not, the other side of Auth0 and of Stripe answers again.
async fn auth0_is_away(app: &TestApp) {
    app.plan_fault(&json!({ "path": "/api/v2/", "kind": "status" }))
        .await;
}
