use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, eventually};

use super::{Directory, told};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_assigned_is_a_member_before_they_log_in_and_what_changes_there_shows_here() {
    let directory = Directory::of(told().await).await;
    let user = directory.assign("ada@acme.example").await;
    let member = eventually("a new member", || directory.member(&user)).await;
    assert_eq!(member["roles"], json!(["org_member"]));
    assert_eq!(
        (&member["name"], &member["email"]),
        (&json!("Ada"), &json!("ada@acme.example"))
    );
    let token = directory.log_in("ada@acme.example").await;
    let path = directory.organization();
    directory
        .app
        .get(&path, Some(&token))
        .await
        .assert_status(200);
    let moved = json!([
        { "op": "Replace", "path": "displayName", "value": "Augusta" },
        { "op": "Replace", "path": "emails[primary eq true].value", "value": "augusta@acme.example" },
    ]);
    directory.patch(&user, moved).await;
    eventually("the new name", || async {
        let member = directory.member(&user).await?;
        (member["name"] == "Augusta" && member["email"] == "augusta@acme.example").then_some(())
    })
    .await;
    let kept = directory
        .app
        .call_auth0(Method::GET, &format!("users/{user}"), None)
        .await;
    assert_eq!(
        kept.json()["app_metadata"]["external_id"],
        "ada@acme.example"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_finds_no_seat_is_no_member_and_the_audit_trail_says_so() {
    let directory = Directory::of(told().await).await;
    let app = &directory.app;
    let mut admin = app.database.admin().await;
    sqlx::query("update app.subscriptions set seats = 1 where org_id = $1")
        .bind(&directory.acme.id)
        .execute(&mut admin)
        .await
        .expect("one seat is left, and the administrator has it");
    let user = directory.assign("ada@acme.example").await;
    let audit = format!("{}/audit-events", directory.organization());
    eventually("a refusal in the audit trail", || async {
        let audit = app.get(&audit, Some(&directory.acme.token)).await.json();
        audit
            .to_string()
            .contains("member.provisioning_failed")
            .then_some(())
    })
    .await;
    assert_eq!(directory.member(&user).await, None);
    assert_eq!(
        app.organizations_at_auth0(&user).await,
        Vec::<String>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_made_anew_has_nothing_of_what_the_one_before_had() {
    let directory = Directory::of(told().await).await;
    let app = &directory.app;
    let (user, token) = directory.joined("ada@acme.example").await;
    let roles = format!("{}/roles", directory.member_path(&user));
    let admin = json!({ "roles": ["org_admin"] });
    let change = app.request(Method::PUT, &roles, Some(&directory.acme.token));
    let change = app.send(change.header("if-match", "*").json(&admin)).await;
    assert!(change.status.is_success(), "{change:?}");
    app.settled().await;
    app.advance("PT1M").await;
    let path = format!("Users/{user}");
    directory
        .send(Method::DELETE, &path, &Value::Null)
        .await
        .assert_status(204);
    directory.assign("ada@acme.example").await;
    eventually("the end of what they were", || async {
        let member = directory.member(&user).await;
        let is_admin =
            member.is_some_and(|member| member["roles"].to_string().contains("org_admin"));
        (!is_admin).then_some(())
    })
    .await;
    let members = format!("{}/audit-events", directory.organization());
    let refused = app.get(&members, Some(&token)).await;
    assert_eq!(refused.status, 403, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_events_whoever_is_assigned_joins_by_their_first_login() {
    let directory = Directory::of(TestApp::start().await).await;
    let user = directory.assign("ada@acme.example").await;
    let token = directory.log_in("ada@acme.example").await;
    eventually("a member", || async {
        let path = directory.organization();
        let answer = directory.app.get(&path, Some(&token)).await;
        (answer.status == 200).then_some(())
    })
    .await;
    let member = directory.member(&user).await.expect("a member");
    assert_eq!(member["roles"], json!(["org_member"]));
}
