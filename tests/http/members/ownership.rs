//! Handing the organization over: both changes or none, and never a moment without an administrator.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp};

use super::{member_url, remove, roles_at_auth0};

async fn transfer(
    app: &TestApp,
    team: &Organization,
    to: &str,
    token: &str,
    body: &Value,
) -> Answer {
    let url = format!("{}/ownership", member_url(team, to));
    app.post(&url, token, body).await
}

async fn roles_here(app: &TestApp, team: &Organization, user_id: &str, token: &str) -> Value {
    let member = app.get(&member_url(team, user_id), Some(token)).await;
    member.assert_status(200).json()["roles"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_administers_and_the_giver_is_what_they_keep_at_once_and_at_auth0() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, token) = app.member(&team, Role::OrgBilling).await;
    let owner = &team.admin.user_id;
    let keep = json!({ "keep_roles": ["org_readonly", "org_billing"] });
    let answer = transfer(&app, &team, &ben.user_id, &team.token, &keep).await;
    let answer = answer.assert_status(200).json();
    assert_eq!(
        (&answer["from"]["roles"], &answer["to"]["roles"]),
        (
            &json!(["org_billing", "org_readonly"]),
            &json!(["org_admin", "org_billing"])
        )
    );
    let mine = roles_here(&app, &team, owner, &token).await;
    assert_eq!(mine, json!(["org_billing", "org_readonly"]));
    transfer(&app, &team, &ben.user_id, &team.token, &json!({}))
        .await
        .assert_problem(403, "permission_denied");
    app.settled().await;
    let at_auth0 = |user: String| async { roles_at_auth0(&app, &team, &{ user }).await };
    assert_eq!(
        at_auth0(owner.clone()).await,
        Some(vec!["org_billing".into(), "org_readonly".into()])
    );
    assert_eq!(
        at_auth0(ben.user_id.clone()).await,
        Some(vec!["org_admin".into(), "org_billing".into()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_to_the_wrong_one_changes_nobody() {
    let app = TestApp::start().await;
    let (team, other) = (app.organization().await, app.organization().await);
    let (ben, bens) = app.member(&team, Role::OrgMember).await;
    let (gone, _) = app.member(&team, Role::OrgMember).await;
    remove(&app, &team, &gone.user_id, &team.token)
        .await
        .assert_status(204);
    let none = json!({});
    for nobody in [&gone.user_id, &other.admin.user_id, "auth0|nobody"] {
        transfer(&app, &team, nobody, &team.token, &none)
            .await
            .assert_problem(404, "not_found");
    }
    transfer(&app, &team, &team.admin.user_id, &team.token, &none)
        .await
        .assert_problem(422, "invalid_request")
        .assert_field("user_id");
    for target in [&ben.user_id, &team.admin.user_id] {
        transfer(&app, &team, target, &bens, &none)
            .await
            .assert_problem(403, "permission_denied");
    }
    for (roles, field) in [
        (json!([]), "keep_roles"),
        (json!(["org_member", "owner"]), "keep_roles[1]"),
    ] {
        let keep = json!({ "keep_roles": roles });
        transfer(&app, &team, &ben.user_id, &team.token, &keep)
            .await
            .assert_problem(422, "invalid_request")
            .assert_field(field);
    }
    let roles = roles_here(&app, &team, &team.admin.user_id, &bens).await;
    assert_eq!(roles, json!(["org_admin"]));
    let roles = roles_here(&app, &team, &ben.user_id, &bens).await;
    assert_eq!(roles, json!(["org_member"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_transfer_again_gets_the_same_answer_from_who_gave_it_away() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, _) = app.member(&team, Role::OrgMember).await;
    let (cleo, _) = app.member(&team, Role::OrgMember).await;
    let send = |to: &str| {
        let url = format!("{}/ownership", member_url(&team, to));
        let request = app.request(Method::POST, &url, Some(&team.token));
        app.send(
            request
                .header("idempotency-key", "hand-over")
                .json(&json!({})),
        )
    };
    let first = send(&ben.user_id).await;
    let again = send(&ben.user_id).await;
    assert_eq!(first.assert_status(200).body, again.assert_status(200).body);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    send(&cleo.user_id)
        .await
        .assert_problem(422, "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_told_of_once_with_what_both_were_and_are() {
    let app = TestApp::start().await;
    let team = app.organization_of("enterprise").await;
    let (ben, _) = app.member(&team, Role::OrgMember).await;
    transfer(&app, &team, &ben.user_id, &team.token, &json!({}))
        .await
        .assert_status(200);
    app.settled().await;
    // What Ben's old token does not allow, his new one does.
    let token = app.enter(&team, &ben).await;
    let url = format!("/v1/orgs/{}/audit-events", team.id);
    let page = app.get(&url, Some(&token)).await.assert_status(200).json();
    let events = page["items"].as_array().expect("items");
    let told = |action: &str| -> Vec<_> {
        let of_action = events.iter().filter(|event| event["action"] == action);
        of_action
            .map(|event| (event["before"].clone(), event["after"].clone()))
            .collect()
    };
    let from_to = json!({ "from": team.admin.user_id, "to": ben.user_id });
    assert_eq!(told("ownership.transferred"), [(Value::Null, from_to)]);
    let roles = |roles: &[&str]| json!({ "roles": roles });
    assert_eq!(
        told("member.roles_changed"),
        [
            (roles(&["org_admin"]), roles(&["org_member"])),
            (roles(&["org_member"]), roles(&["org_admin", "org_member"])),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_or_robbed_while_it_is_handed_over_an_administrator_is_left() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, bens) = app.member(&team, Role::OrgAdmin).await;
    // The first call of a person stores who they are.
    app.get("/v1/me", Some(&bens)).await.assert_status(200);
    let mut admin = app.database.admin().await;
    let owner = team.admin.user_id.clone();
    for round in 0..100 {
        app.write_member(&team, &owner, &[Role::OrgAdmin]).await;
        app.write_member(&team, &ben.user_id, &[Role::OrgAdmin])
            .await;
        let none = json!({});
        let (given, other) = tokio::join!(
            transfer(&app, &team, &ben.user_id, &team.token, &none),
            async {
                match round % 3 {
                    0 => remove(&app, &team, &ben.user_id, &bens).await,
                    1 => remove(&app, &team, &owner, &bens).await,
                    _ => transfer(&app, &team, &owner, &bens, &none).await,
                }
            }
        );
        let statuses = (given.status.as_u16(), other.status.as_u16());
        let admins: i64 = sqlx::query_scalar(
            "select count(*) from app.memberships where org_id = $1 and 'org_admin' = any (roles)",
        )
        .bind(&team.id)
        .fetch_one(&mut admin)
        .await
        .expect("a count");
        assert!(admins >= 1, "round {round}: {statuses:?}");
        assert!([200, 403, 404].contains(&statuses.0), "{given:?}");
        assert!([200, 204, 403, 404, 409].contains(&statuses.1), "{other:?}");
    }
}
