//! The operator's back office under `/v1/platform`.

mod access;
mod adoption;
mod creation;
mod directory;
mod imports;
mod moves;
pub(crate) mod subscriptions;
mod suspension;
mod user_imports;

use serde_json::{Value, json};
use tests::{Answer, TestApp};

async fn suspend(app: &TestApp, token: &str, id: &str, reason: &str) -> Answer {
    let path = format!("/v1/platform/organizations/{id}/suspend");
    app.post(&path, token, &json!({ "reason": reason })).await
}

async fn reinstate(app: &TestApp, token: &str, id: &str, reason: &str) -> Answer {
    let path = format!("/v1/platform/organizations/{id}/reinstate");
    app.post(&path, token, &json!({ "reason": reason })).await
}

async fn shown(app: &TestApp, token: &str, id: &str) -> Value {
    let path = format!("/v1/platform/organizations/{id}");
    app.get(&path, Some(token)).await.assert_status(200).json()
}

/// How the members of an organization came, each way once.
async fn ways_in(app: &TestApp, id: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select distinct coalesce(joined_by, 'unknown') from app.memberships where org_id = $1 order by 1",
    )
    .bind(id)
    .fetch_all(&mut app.database.admin().await)
    .await
    .expect("memberships")
}
