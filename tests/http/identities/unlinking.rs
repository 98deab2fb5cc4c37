//! One account becomes two again.

use domain::Role;
use serde_json::{Value, json};
use tests::{TestApp, eventually};

use super::{again, at_auth0, identities, link, linked, second_login, social, sub, unlink};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unlinked_is_a_person_of_its_own_without_anything() {
    let app = TestApp::start().await;
    let (team, ada, provider) = (app.organization().await, app.visitor().await, social());
    app.is_compared().await;
    app.enable_social(&team).await;
    let other = second_login(&app, &provider, &ada.user_id).await;
    app.join(&team, &sub(&other), Role::OrgMember).await;
    let project = json!({ "name": "Stays" });
    app.post("/v1/me/projects", &other.token, &project)
        .await
        .assert_status(201);
    link(&app, &ada.token, &other.token, "caller")
        .await
        .assert_status(202);
    let made = super::became(&app, &ada.token, "linked").await;
    app.settled().await;
    let inside = [("organization", team.id.as_str())];
    let through_it = app.log_in_by("", Some(again(&provider)), &inside).await;
    let through_it = through_it.expect("a login");
    assert_eq!(sub(&through_it), ada.user_id);
    let projects = format!("/v1/orgs/{}/projects", team.id);
    app.get(&projects, Some(&through_it.token))
        .await
        .assert_status(200);
    let id = made["identity_id"].as_str().expect("an id");
    let accepted = unlink(&app, &ada.token, id).await;
    assert_eq!(accepted.assert_status(202).json()["state"], "unlinking");
    // From this very moment on neither of the logins is one.
    for token in [&through_it.token, &ada.token] {
        app.get("/v1/me", Some(token))
            .await
            .assert_problem(401, "invalid_token");
        app.post("/v1/me/projects", token, &project)
            .await
            .assert_problem(401, "invalid_token");
    }
    app.get(&projects, Some(&through_it.token))
        .await
        .assert_problem(401, "invalid_token");
    eventually("the end of the link", || async {
        let left = at_auth0(&app, &ada.user_id).await;
        left.is_some_and(|ids| ids.len() == 1).then_some(())
    })
    .await;
    app.settled().await;
    // What was issued before the link is still refused.
    app.get("/v1/me", Some(&other.token))
        .await
        .assert_problem(401, "invalid_token");
    app.advance("PT1M").await;
    let ada = app.log_in(&ada, None).await.expect("a login");
    assert_eq!(identities(&app, &ada.token).await, Vec::<Value>::new());
    let anew = app
        .log_in_by("", Some(again(&provider)), &[])
        .await
        .expect("a login");
    assert_eq!(sub(&anew), sub(&other));
    let me = app
        .get("/v1/me", Some(&anew.token))
        .await
        .assert_status(200)
        .json();
    assert_eq!(me["organizations"], json!([]));
    // Links make no second trial.
    assert_eq!(me["subscription"]["status"], "expired");
    let refused = app
        .log_in_by("", Some(again(&provider)), &[("organization", &team.id)])
        .await;
    let refused = refused.err().expect("no member at Auth0 either");
    assert!(refused.contains("is not part of the"), "{refused}");
    let mine = app.get("/v1/me/projects", Some(&ada.token)).await.json();
    assert_eq!(mine["items"][0]["name"], "Stays");
    let mine = app.get("/v1/me", Some(&ada.token)).await.json();
    assert_eq!(mine["organizations"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn unlinking_needs_a_recent_login_and_ends_every_session() {
    let app = TestApp::start().await;
    let (mut ada, provider, made) = linked(&app).await;
    let id = made["identity_id"].as_str().expect("an id");
    let through_it = app
        .log_in_by("", Some(again(&provider)), &[])
        .await
        .expect("a login");
    assert_eq!(sub(&through_it), ada.user_id);
    app.advance("PT11M").await;
    let silent = app.renew(&mut ada).await;
    unlink(&app, &silent.token, id)
        .await
        .assert_problem(403, "recent_login_required");
    let fresh = app.log_in(&ada, None).await.expect("a login");
    let silent = json!({ "path": "/api/v2/users/", "kind": "status", "status": 503 });
    app.plan_fault(&silent).await;
    unlink(&app, &fresh.token, id).await.assert_status(202);
    // As long as Auth0 knows the login, it leads to the account.
    app.advance("PT1S").await;
    let meanwhile = app.log_in_by("", Some(again(&provider)), &[]).await;
    let meanwhile = meanwhile.expect("a login").token;
    assert_eq!(identities(&app, &meanwhile).await.len(), 1);
    app.clear_faults().await;
    eventually("the end of the login", || async {
        let me = app.get("/v1/me", Some(&meanwhile)).await;
        (me.status == 401).then_some(())
    })
    .await;
    let path = format!("users/{}/sessions", ada.user_id.replace('|', "%7C"));
    let sessions = app.call_auth0(reqwest::Method::GET, &path, None).await;
    assert_eq!(sessions.json()["sessions"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_link_does_not_exist() {
    let app = TestApp::start().await;
    let (_, _, made) = linked(&app).await;
    let eve = app.visitor().await;
    let id = made["identity_id"].as_str().expect("an id");
    unlink(&app, &eve.token, id)
        .await
        .assert_problem(404, "not_found");
}
