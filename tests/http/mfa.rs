//! An organization that asks for a second factor gets one at every login, and nobody else does.

use api::dev::demo::Provider;
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, claims_of, eventually};

const NEEDS: &str = "/u/mfa-otp-";

async fn ask_for_mfa(app: &TestApp, team: &Organization, mfa: Value) -> Answer {
    let path = format!("/v1/orgs/{}/policies", team.id);
    let body = json!({ "members_can_invite": false, "mfa": mfa });
    app.put(&path, &team.token, &body).await
}

/// Until Auth0 has the policy.
async fn enforced(app: &TestApp, team: &Organization, skip_federated: bool) {
    let mfa = json!({ "enforce": true, "providers": ["otp"], "skip_federated": skip_federated });
    ask_for_mfa(app, team, mfa).await.assert_status(200);
    eventually("the policy at Auth0", || async {
        let metadata = metadata(app, team).await;
        metadata["mfaPolicy"]
            .as_str()
            .is_some_and(|text| text.contains("\"enforce\":true"))
            .then_some(())
    })
    .await;
}

async fn metadata(app: &TestApp, team: &Organization) -> Value {
    let found = app.auth0();
    let found = found.organizations().show(&team.id).await;
    json!(found.expect("Auth0 answers").expect("it is there").metadata)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_factor_enrols_one_and_proves_it_from_then_on() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    enforced(&app, &team, true).await;
    let (email, into) = (&team.admin.email, [("organization", team.id.as_str())]);
    let mut first = app.begin_login(email, &into).await;
    assert!(
        first.page.url.path().contains("mfa-otp-enrollment"),
        "{}",
        first.page.url
    );
    let key = first.key().expect("a key to enrol");
    first.enter(&app, "000000").await;
    assert_eq!(first.page.status, 400);
    let code = app.one_time_code(&key);
    first.enter(&app, &code).await;
    let tokens = app.tokens_of(&first.page).await;
    assert_eq!(
        claims_of(tokens["id_token"].as_str().expect("a token"))["amr"],
        json!(["mfa"])
    );
    let token = tokens["access_token"].as_str().expect("a token");
    app.get(&format!("/v1/orgs/{}", team.id), Some(token))
        .await
        .assert_status(200);
    let mut second = app.begin_login(email, &into).await;
    assert!(
        second.page.url.path().contains("mfa-otp-challenge"),
        "{}",
        second.page.url
    );
    assert_eq!(second.key(), None);
    // A code is good once, whoever read it along.
    second.enter(&app, &code).await;
    assert_eq!(second.page.status, 400);
    app.advance("PT1M").await;
    let code = app.one_time_code(&key);
    second.enter(&app, &code).await;
    app.tokens_of(&second.page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_elsewhere_is_not_asked() {
    let app = TestApp::start().await;
    let (team, other) = (app.organization().await, app.organization().await);
    enforced(&app, &team, true).await;
    app.is_compared().await;
    app.add_to(&other, &team.admin, Role::OrgMember).await;
    for organization in [None, Some(other.id.as_str())] {
        let login = app.log_in(&team.admin, organization).await;
        let login = login.expect("nothing is asked");
        assert_eq!(login.id_token.get("amr"), None);
    }
    let refused = app.log_in(&team.admin, Some(&team.id)).await.err();
    assert!(refused.is_some_and(|page| page.contains(NEEDS)));
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_a_refresh_end_where_a_factor_is_missing() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let into = [("organization", team.id.as_str())];
    let mut before = app.begin_login(&team.admin.email, &into).await;
    let tokens = app.tokens_of(&before.page).await;
    enforced(&app, &team, true).await;
    let silent = [into[0], ("prompt", "none")];
    let url = app.authorize_url(&silent);
    let page = before
        .browser
        .open(url, &app.callback())
        .await
        .expect("an answer");
    assert_eq!(page.query("error").as_deref(), Some("interaction_required"));
    let refresh = json!({
        "grant_type": "refresh_token", "client_id": "tenantry-console", "refresh_token": tokens["refresh_token"],
    });
    let refresh = app
        .sandbox_request(Method::POST, "oauth/token")
        .json(&refresh);
    let refused = app.send(refresh).await;
    assert_eq!(refused.assert_status(403).json()["error"], "access_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_companys_own_provider_is_left_to_itself_only_where_the_policy_says_so() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    app.is_compared().await;
    app.identity_provider(&team, "waad", "corp").await;
    let corp = || Provider {
        connection: "corp".into(),
        username: "bo@corp.example".into(),
        email: String::new(),
    };
    let first = app
        .log_in_by("", Some(corp()), &[("connection", "corp")])
        .await;
    let user_id = first.expect("they are known").access["sub"]
        .as_str()
        .expect("a subject")
        .to_owned();
    app.join(&team, &user_id, Role::OrgMember).await;
    let into = [("organization", team.id.as_str()), ("connection", "corp")];
    enforced(&app, &team, true).await;
    let login = app.log_in_by("", Some(corp()), &into).await;
    login.expect("the provider is trusted");
    let strict = json!({ "enforce": true, "providers": ["otp"], "skip_federated": false });
    ask_for_mfa(&app, &team, strict).await.assert_status(200);
    eventually("the stricter policy", || async {
        let login = app.log_in_by("", Some(corp()), &into).await;
        login.err().filter(|page| page.contains(NEEDS))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_kept_shown_and_told_and_loses_nothing_at_auth0() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    app.settled().await;
    let before = metadata(&app, &team).await;
    enforced(&app, &team, true).await;
    let path = format!("/v1/orgs/{}", team.id);
    let wanted = json!({ "enforce": true, "providers": ["otp"], "skip_federated": true });
    let shown = app.get(&path, Some(&team.token)).await.json();
    assert_eq!(shown["policies"]["mfa"], wanted);
    // Who knows nothing of it does not turn it off.
    let body = json!({ "members_can_invite": true });
    let changed = app
        .put(&format!("{path}/policies"), &team.token, &body)
        .await;
    assert_eq!(changed.assert_status(200).json()["mfa"], wanted);
    let mut after = metadata(&app, &team).await;
    after.as_object_mut().expect("a map").remove("mfaPolicy");
    assert_eq!(after, before);
    let off = json!({ "enforce": false, "providers": ["otp"], "skip_federated": true });
    ask_for_mfa(&app, &team, off).await.assert_status(200);
    eventually("logins without a factor again", || async {
        app.log_in(&team.admin, Some(&team.id)).await.ok()
    })
    .await;
    let events = format!("{path}/audit-events?action=organization.policies_changed");
    let events = app.get(&events, Some(&team.token)).await.json();
    assert_eq!(
        events["items"].as_array().map(Vec::len),
        Some(3),
        "{events}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_nobody_could_meet_is_refused_by_field() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    for (providers, code) in [(json!([]), "empty"), (json!(["sms"]), "unknown_value")] {
        let mfa = json!({ "enforce": true, "providers": providers, "skip_federated": true });
        let refused = ask_for_mfa(&app, &team, mfa).await;
        refused
            .assert_problem(422, "invalid_request")
            .assert_field("mfa.providers");
        assert_eq!(refused.json()["errors"][0]["code"], code);
    }
    let (_, token) = app.member(&team, Role::OrgMember).await;
    let path = format!("/v1/orgs/{}/policies", team.id);
    let body = json!({ "members_can_invite": false, "mfa": { "enforce": false, "providers": ["otp"], "skip_federated": true } });
    app.put(&path, &token, &body)
        .await
        .assert_problem(403, "permission_denied");
}
