//! Friends whom individuals invite into the one community organization.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, Person, TestApp, eventually};

use super::acceptance::roles_of;

const PATH: &str = "/v1/me/invitations";
const COMMUNITY: &str = "COMMUNITY_ORGANIZATION_ID";

/// A product with a community organization that has seats enough.
async fn with_community() -> (TestApp, Organization) {
    let app = TestApp::start().await;
    let community = app.organization_of("enterprise").await;
    let app = app.restart_with(&[(COMMUNITY, &community.id)]).await;
    (app, community)
}

async fn invite(app: &TestApp, person: &Person, email: &str) -> Answer {
    app.post(PATH, &person.token, &json!({ "email": email }))
        .await
}

async fn list(app: &TestApp, person: &Person) -> Vec<Value> {
    let list = app.get(PATH, Some(&person.token)).await;
    let list = list.assert_status(200).json();
    list["items"].as_array().expect("items").clone()
}

/// State and failure of the only invitation that this person sent, once it is no longer on its way.
async fn outcome(app: &TestApp, person: &Person) -> (String, Value) {
    eventually("an outcome", || async {
        let items = list(app, person).await;
        assert_eq!(items.len(), 1, "{items:?}");
        let state = items[0]["state"].as_str().expect("a state").to_owned();
        (state != "sending").then(|| (state, items[0]["failure"].clone()))
    })
    .await
}

async fn mails_to(app: &TestApp, email: &str) -> Vec<Value> {
    let mailbox = app.sandbox_get("sandbox/mailbox").await;
    let mails = mailbox["mails"].as_array().expect("mails").iter();
    mails
        .filter(|mail| mail["template"] == "user_invitation" && mail["to"] == email)
        .cloned()
        .collect()
}

async fn execute(app: &TestApp, statement: &'static str, value: &str) {
    let done = sqlx::query(statement)
        .bind(value)
        .execute(&mut app.database.admin().await)
        .await;
    assert_eq!(done.expect("it runs").rows_affected(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_community_nothing_is_sent_and_the_answer_says_so() {
    let app = TestApp::start().await;
    let ada = app.visitor().await;
    let answer = invite(&app, &ada, "bo@example.com").await;
    let answer = answer.assert_status(200).json();
    let expected = json!({ "outcome": "not_configured", "invitation": null });
    assert_eq!(answer, expected);
    assert_eq!(list(&app, &ada).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_friend_is_invited_in_the_name_of_the_inviter_and_becomes_a_member() {
    let (app, community) = with_community().await;
    let (ada, bo) = (app.visitor().await, app.visitor().await);
    let user = format!("users/{}", ada.user_id.replace('|', "%7C"));
    let name = json!({ "name": "Ada Lovelace" });
    app.as_auth0_admin(Method::PATCH, &user, Some(&name)).await;
    let answer = invite(&app, &ada, &bo.email).await;
    let answer = answer.assert_status(201).json();
    assert_eq!(answer["outcome"], "sending");
    let id = answer["invitation"]["invitation_id"]
        .as_str()
        .expect("an id");
    assert_eq!(outcome(&app, &ada).await, ("sent".into(), Value::Null));
    let mails = mails_to(&app, &bo.email).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].to_string().contains("Ada Lovelace"), "{mails:?}");
    let seen = app.invitation(&community, id).await;
    assert_eq!(
        (&seen["roles"], &seen["inviter"]["name"]),
        (&json!(["org_member"]), &json!("Ada Lovelace"))
    );
    app.accept_at_auth0(&community, id, &bo, Role::OrgMember)
        .await;
    let token = app.enter(&community, &bo).await;
    let roles = roles_of(&app, &community, &bo, &token).await;
    assert_eq!(roles, Some(vec!["org_member".to_owned()]));
    let state = eventually("the news", || async {
        let state = list(&app, &ada).await[0]["state"].clone();
        (state != "sent").then_some(state)
    });
    assert_eq!(state.await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_shown_is_not() {
    let (app, community) = with_community().await;
    let ada = app.visitor().await;
    let user = format!("users/{}", ada.user_id.replace('|', "%7C"));
    let name = json!({ "name": "{{ user.email }} https://evil.example" });
    app.as_auth0_admin(Method::PATCH, &user, Some(&name)).await;
    let answer = invite(&app, &ada, "bo@example.com").await;
    let id = answer.assert_status(201).json()["invitation"]["invitation_id"].clone();
    outcome(&app, &ada).await;
    let seen = app
        .invitation(&community, id.as_str().expect("an id"))
        .await;
    assert_eq!(seen["inviter"]["name"], "A friend");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_the_community_does_not_show() {
    let (app, community) = with_community().await;
    let (ada, eve) = (app.visitor().await, app.visitor().await);
    let stranger = invite(&app, &ada, "nobody@example.com").await;
    let member = invite(&app, &eve, &community.admin.email).await;
    let shape = |answer: &Answer| {
        let mut body = answer.assert_status(201).json();
        for field in ["invitation_id", "email", "created_at", "updated_at"] {
            body["invitation"][field] = Value::Null;
        }
        body
    };
    assert_eq!(shape(&stranger), shape(&member));
    let sent = ("sent".to_owned(), Value::Null);
    assert_eq!(outcome(&app, &ada).await, sent);
    assert_eq!(outcome(&app, &eve).await, sent);
    assert!(mails_to(&app, &community.admin.email).await.is_empty());
    // Somebody else's invitation to the same address does not show either.
    let cy = app.visitor().await;
    invite(&app, &cy, "nobody@example.com")
        .await
        .assert_status(201);
    assert_eq!(outcome(&app, &cy).await, sent);
    assert_eq!(mails_to(&app, "nobody@example.com").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_in_a_day_and_an_address_once() {
    let (app, community) = with_community().await;
    let ada = app.visitor().await;
    for n in 0..10 {
        invite(&app, &ada, &format!("{n}@example.com"))
            .await
            .assert_status(201);
    }
    let again = invite(&app, &ada, "3@example.com").await;
    assert_eq!(
        again.assert_status(200).json()["invitation"]["email"],
        "3@example.com"
    );
    let refused = invite(&app, &ada, "10@example.com").await;
    refused.assert_problem(429, "too_many_requests");
    assert!(refused.header("retry-after").is_some(), "it says when");
    app.settled().await;
    // The members' own limit of twenty is theirs.
    let path = format!("/v1/orgs/{}/invitations", community.id);
    let invitees: Vec<_> = (0..10)
        .map(|n| json!({ "email": format!("own-{n}@example.com"), "roles": ["org_member"] }))
        .collect();
    app.post(&path, &community.token, &json!({ "invitees": invitees }))
        .await
        .assert_status(201);
    let more: Vec<_> = (10..20)
        .map(|n| json!({ "email": format!("own-{n}@example.com"), "roles": ["org_member"] }))
        .collect();
    app.post(&path, &community.token, &json!({ "invitees": more }))
        .await
        .assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_three_mails_in_a_day_whoever_sends_them() {
    let (app, community) = with_community().await;
    for n in 0..4 {
        let person = app.visitor().await;
        let answer = invite(&app, &person, "bo@example.com").await;
        let id = answer.assert_status(201).json()["invitation"]["invitation_id"].clone();
        assert_eq!(outcome(&app, &person).await.0, "sent", "{n}");
        let path = format!(
            "/v1/orgs/{}/invitations/{}",
            community.id,
            id.as_str().expect("an id")
        );
        let revoke = app.request(Method::DELETE, &path, Some(&community.token));
        let revoked = app.send(revoke).await.status.as_u16();
        assert_eq!(
            revoked,
            if n < 3 { 204 } else { 404 },
            "the fourth was never made"
        );
    }
    assert_eq!(mails_to(&app, "bo@example.com").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_says_why() {
    let (app, community) = with_community().await;
    let (ada, eve) = (app.visitor().await, app.visitor().await);
    let suspend = "update app.customers set suspended_at = now() where org_id = $1";
    execute(&app, suspend, &community.id).await;
    invite(&app, &ada, "bo@example.com")
        .await
        .assert_status(201);
    let unavailable = ("failed".to_owned(), json!("unavailable"));
    assert_eq!(outcome(&app, &ada).await, unavailable);
    let reinstate = "update app.customers set suspended_at = null where org_id = $1";
    execute(&app, reinstate, &community.id).await;
    let full = "update app.subscriptions set seats = 1 where org_id = $1";
    execute(&app, full, &community.id).await;
    invite(&app, &eve, "bo@example.com")
        .await
        .assert_status(201);
    let no_seats = ("failed".to_owned(), json!("no_seats_left"));
    assert_eq!(outcome(&app, &eve).await, no_seats);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_organization_or_without_a_plan_nobody_is_invited_here() {
    let (app, community) = with_community().await;
    let friend = json!({ "email": "bo@example.com" });
    app.post(PATH, &community.token, &friend)
        .await
        .assert_problem(403, "permission_denied");
    let ada = app.visitor().await;
    for (body, field) in [
        (json!({ "email": "bo" }), "email"),
        (
            json!({ "email": "bo@example.com", "roles": ["org_admin"] }),
            "roles",
        ),
    ] {
        app.post(PATH, &ada.token, &body)
            .await
            .assert_problem(422, "invalid_request")
            .assert_field(field);
    }
    app.advance("P15D").await;
    let token = app.log_in(&ada, None).await.expect("they log in").token;
    app.post(PATH, &token, &friend)
        .await
        .assert_problem(402, "subscription_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn once_it_is_no_community_any_more_nobody_comes_in() {
    let (app, community) = with_community().await;
    let (ada, bo) = (app.visitor().await, app.visitor().await);
    let answer = invite(&app, &ada, &bo.email).await;
    let id = answer.assert_status(201).json()["invitation"]["invitation_id"].clone();
    let id = id.as_str().expect("an id");
    outcome(&app, &ada).await;
    let app = app.restart_with(&[(COMMUNITY, "")]).await;
    app.accept_at_auth0(&community, id, &bo, Role::OrgMember)
        .await;
    let token = app.enter(&community, &bo).await;
    assert_eq!(roles_of(&app, &community, &bo, &token).await, None);
    let seen = app.invitation(&community, id).await;
    assert_eq!(seen["failure"], "inviter_not_allowed");
    let told = eventually("the news", || async {
        let items = list(&app, &ada).await;
        (items[0]["state"] == "failed").then(|| items[0]["failure"].clone())
    });
    assert_eq!(told.await, "inviter_not_allowed");
}
