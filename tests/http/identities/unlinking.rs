//! One account becomes two again.

use domain::Role;
use serde_json::json;
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
    let id = made["identity_id"].as_str().expect("an id");
    let accepted = unlink(&app, &ada.token, id).await;
    assert_eq!(accepted.assert_status(202).json()["state"], "unlinking");
    eventually("the end of the link", || async {
        identities(&app, &ada.token).await.is_empty().then_some(())
    })
    .await;
    assert_eq!(
        at_auth0(&app, &ada.user_id).await.map(|ids| ids.len()),
        Some(1)
    );
    // What was issued before the link is still refused.
    app.get("/v1/me", Some(&other.token))
        .await
        .assert_problem(401, "invalid_token");
    app.advance("PT1M").await;
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
    unlink(&app, &fresh.token, id).await.assert_status(202);
    eventually("the end of the link", || async {
        identities(&app, &fresh.token)
            .await
            .is_empty()
            .then_some(())
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
