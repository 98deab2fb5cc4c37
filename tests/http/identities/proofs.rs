//! What proves a login, and what does not.

use api::dev::demo::Provider;
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, TestApp, connection_options};

use super::{became, identities, link, second_login, social, sub};

#[track_caller]
fn assert_token_refused(answer: &Answer, code: &str) {
    answer
        .assert_problem(422, "invalid_request")
        .assert_field("token");
    assert_eq!(answer.json()["errors"][0]["code"], code, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_not_made_for_this_links_nothing() {
    let app = TestApp::start().await;
    let (ada, eve, provider) = (app.visitor().await, app.visitor().await, social());
    let plain = app
        .log_in_by("", Some(super::again(&provider)), &[])
        .await
        .expect("a login");
    let for_eve = second_login(&app, &provider, &eve.user_id).await;
    for stolen in [&plain.token, &for_eve.token] {
        assert_token_refused(
            &link(&app, &ada.token, stolen, "caller").await,
            "not_for_linking",
        );
        assert_token_refused(
            &link(&app, &ada.token, stolen, "other").await,
            "not_for_linking",
        );
    }
    let extra = [("prompt", "login"), ("link_with", ada.user_id.as_str())];
    let own = app
        .log_in_by(&ada.email, None, &extra)
        .await
        .expect("a login");
    assert_token_refused(
        &link(&app, &ada.token, &own.token, "caller").await,
        "same_person",
    );
    assert_eq!(identities(&app, &ada.token).await, Vec::<Value>::new());
    app.get("/v1/me", Some(&plain.token))
        .await
        .assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_links_nothing() {
    let app = TestApp::start().await;
    let (ada, provider) = (app.visitor().await, social());
    let good = second_login(&app, &provider, &ada.user_id).await;
    let elsewhere = TestApp::start().await;
    let foreign = second_login(&elsewhere, &provider, &ada.user_id).await;
    let (head, signature) = good.token.rsplit_once('.').expect("three parts");
    let broken = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let machine = app.platform_token().await;
    for token in ["", "x", "e30.e30.e30", &broken, &foreign.token, &machine] {
        assert_token_refused(&link(&app, &ada.token, token, "caller").await, "invalid");
    }
    // The forgeries are refused by themselves, not because of the one they imitate.
    link(&app, &ada.token, &good.token, "caller")
        .await
        .assert_status(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_logins_are_of_the_last_minutes() {
    let app = TestApp::start().await;
    let (ada, provider) = (app.visitor().await, social());
    let early = second_login(&app, &provider, &ada.user_id).await;
    app.advance("PT9M").await;
    // A new token from the same session proves no new login.
    let fresh = app.log_in(&ada, None).await.expect("a login");
    app.advance("PT2M").await;
    assert_token_refused(
        &link(&app, &fresh.token, &early.token, "caller").await,
        "invalid",
    );
    let other = second_login(&app, &provider, &ada.user_id).await;
    let stale = link(&app, &ada.token, &other.token, "caller").await;
    stale.assert_problem(401, "invalid_token");
    app.advance("PT8M30S").await;
    let refused = link(&app, &fresh.token, &other.token, "caller").await;
    assert!([401, 403].contains(&refused.status.as_u16()), "{refused:?}");
    assert_eq!(app.row_counts().await["app.identity_links"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_goes_on_is_no_login() {
    let app = TestApp::start().await;
    let (mut ada, provider) = (app.visitor().await, social());
    app.advance("PT11M").await;
    let silent = app.renew(&mut ada).await;
    let other = second_login(&app, &provider, &ada.user_id).await;
    app.get("/v1/me", Some(&silent.token))
        .await
        .assert_status(200);
    link(&app, &silent.token, &other.token, "caller")
        .await
        .assert_problem(403, "recent_login_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_does_nothing_more_and_the_same_key_answers_the_same() {
    let app = TestApp::start().await;
    let (ada, provider) = (app.visitor().await, social());
    let other = second_login(&app, &provider, &ada.user_id).await;
    let body = json!({ "token": other.token, "main": "caller" });
    let keyed = || {
        let request = app.request(Method::POST, "/v1/me/identities", Some(&ada.token));
        app.send(request.header("idempotency-key", "once").json(&body))
    };
    let first = keyed().await;
    first.assert_status(202);
    became(&app, &ada.token, "linked").await;
    let replayed = keyed().await;
    assert_eq!(replayed.body, first.body);
    link(&app, &ada.token, &other.token, "caller")
        .await
        .assert_problem(409, "identity_linked");
    let eve = app.visitor().await;
    assert_token_refused(
        &link(&app, &eve.token, &other.token, "caller").await,
        "not_for_linking",
    );
    assert_eq!(identities(&app, &ada.token).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_company_vouches_for_can_only_be_the_main_account() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let ada = app.visitor().await;
    let connection = json!({
        "name": "corp", "strategy": "waad", "options": connection_options("waad"),
        "enabled_clients": ["tenantry-console"],
    });
    app.at_auth0(Method::POST, "connections", connection).await;
    let corp = Provider {
        connection: "corp".into(),
        username: "ada@corp.example".into(),
        email: String::new(),
    };
    let other = second_login(&app, &corp, &ada.user_id).await;
    app.is_compared().await;
    app.join(&team, &ada.user_id, Role::OrgMember).await;
    let refused = link(&app, &ada.token, &other.token, "caller").await;
    assert_token_refused(&refused, "enterprise_must_be_main");
    link(&app, &ada.token, &other.token, "other")
        .await
        .assert_status(202);
    became(&app, &other.token, "linked").await;
    let mine = app.get("/v1/me", Some(&other.token)).await.json();
    assert_eq!(mine["user_id"], sub(&other).as_str());
    assert_eq!(mine["organizations"][0]["org_id"], team.id.as_str());
}

/// Else they would be locked out by the login that they linked for it, once single sign-on is enforced.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_links_to_the_organizations_own_provider_is_a_member_through_it() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (_, connection) = crate::provisioning::okta(&app, &team).await;
    let ada = app.visitor().await;
    app.is_compared().await;
    app.join(&team, &ada.user_id, Role::OrgMember).await;
    let own = Provider {
        connection: connection.clone(),
        username: "ada@corp.example".into(),
        email: String::new(),
    };
    let other = second_login(&app, &own, &ada.user_id).await;
    link(&app, &ada.token, &other.token, "other")
        .await
        .assert_status(202);
    became(&app, &other.token, "linked").await;
    let user_id = sub(&other).replace('|', "%7C").replace('@', "%40");
    let path = format!("/v1/orgs/{}/members/{user_id}", team.id);
    let member = app.get(&path, Some(&team.token)).await;
    let member = member.assert_status(200).json();
    assert_eq!(member["connection"], connection.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_body_says_which_account_is_left() {
    let app = TestApp::start().await;
    let ada = app.visitor().await;
    for (body, field) in [
        (json!({ "token": "x" }), "main"),
        (json!({ "main": "caller" }), "token"),
        (json!({ "token": "x", "main": "both" }), "main"),
        (
            json!({ "token": "x", "main": "caller", "email": "a@b.example" }),
            "email",
        ),
    ] {
        let refused = app.post("/v1/me/identities", &ada.token, &body).await;
        refused
            .assert_problem(422, "invalid_request")
            .assert_field(field);
    }
}
