//! Changing an identity provider and ending it.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};

use super::{SECRET, at_auth0, becomes, connected, create, enabled, okta, path, show};

async fn patch(app: &TestApp, acme: &Organization, id: &str, tag: &str, body: &Value) -> Answer {
    let path = format!("{}/{id}", path(acme));
    let request = app.request(Method::PATCH, &path, Some(&acme.token));
    app.send(request.header("if-match", tag).json(body)).await
}

async fn end(app: &TestApp, acme: &Organization, token: &str, id: &str) -> Answer {
    let path = format!("{}/{id}", path(acme));
    app.send(app.request(Method::DELETE, &path, Some(token)))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_keeps_the_secret_and_whatever_auth0_added() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.verified_domain(&acme).await;
    let shown = connected(&app, &acme, &okta("okta")).await;
    let id = shown["id"].as_str().expect("an id");
    let added = json!({ "options": { "client_id": "0oa1", "client_secret": SECRET, "domain": "acme.okta.com",
        "set_user_root_attributes": "on_first_login" } });
    let patched = app
        .call_auth0(Method::PATCH, &format!("connections/{id}"), Some(&added))
        .await;
    patched.assert_status(200);
    let body = json!({
        "display_name": "Okta of Acme", "assign_membership_on_login": true, "show_as_button": false,
        "options": { "domain": "login.acme.example", "client_id": "0oa2" },
    });
    patch(&app, &acme, id, "\"7\"", &body)
        .await
        .assert_problem(412, "precondition_failed");
    let changed = patch(&app, &acme, id, "\"1\"", &body).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    becomes(&app, &acme, "okta", "ready").await;
    let connection = at_auth0(&app, &format!("connections/{id}")).await;
    assert_eq!(connection["display_name"], "Okta of Acme");
    let options = &connection["options"];
    assert_eq!(options["client_secret"], SECRET, "{options}");
    assert_eq!(options["client_id"], "0oa2");
    assert_eq!(options["domain"], "login.acme.example");
    assert_eq!(options["set_user_root_attributes"], "on_first_login");
    let here = enabled(&app, &acme, id).await.expect("it is offered");
    assert_eq!(here["assign_membership_on_login"], true);
    assert_eq!(here["show_as_button"], false);
    let off = patch(&app, &acme, id, "\"2\"", &json!({ "is_enabled": false })).await;
    off.assert_status(200);
    eventually("the end of the offer", || async {
        enabled(&app, &acme, id).await.is_none().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn detached_it_stays_at_auth0_and_deleted_it_goes() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let shown = connected(&app, &acme, &okta("okta")).await;
    let id = shown["id"].as_str().expect("an id").to_owned();
    let detach = format!("{}/{id}/detach", path(&acme));
    let detached = app.post(&detach, &acme.token, &json!({})).await;
    detached.assert_status(200);
    show(&app, &acme, &id)
        .await
        .assert_problem(404, "not_found");
    eventually("the end of the offer", || async {
        enabled(&app, &acme, &id).await.is_none().then_some(())
    })
    .await;
    let kept = at_auth0(&app, &format!("connections/{id}")).await;
    assert_eq!(kept["enabled_clients"], json!([]));
    let again = eventually("the name is free", || async {
        let again = create(&app, &acme, &okta("okta")).await;
        (again.status == 202).then_some(())
    });
    again.await;
    let again = becomes(&app, &acme, "okta", "ready").await;
    assert_eq!(again["id"], id.as_str(), "it takes its connection up again");
    end(&app, &acme, &acme.token, &id).await.assert_status(204);
    eventually("the end of the connection", || async {
        let path = format!("connections/{id}");
        let gone = app.call_auth0(Method::GET, &path, None).await;
        (gone.status == 404).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_end_while_members_log_in_through_it() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.verified_domain(&acme).await;
    let mut body = app.oidc_provider("corp");
    body["assign_membership_on_login"] = json!(true);
    let shown = connected(&app, &acme, &body).await;
    let (id, connection) = (
        shown["id"].as_str().expect("an id"),
        shown["connection"].as_str().expect("a name"),
    );
    let bo = [("username", "bo"), ("email", "bo@acme.example")];
    let token = app.log_in_by_provider(&acme, connection, &bo).await;
    let token = token.expect("they come in");
    eventually("the membership", || async {
        let answer = app
            .get(&format!("/v1/orgs/{}", acme.id), Some(&token))
            .await;
        answer.status.is_success().then_some(())
    })
    .await;
    let refused = end(&app, &acme, &acme.token, id).await;
    refused.assert_problem(409, "identity_provider_in_use");
    let detach = format!("{}/{id}/detach", path(&acme));
    let refused = app.post(&detach, &acme.token, &json!({})).await;
    refused.assert_problem(409, "identity_provider_in_use");
    let off = patch(&app, &acme, id, "*", &json!({ "is_enabled": false })).await;
    off.assert_problem(409, "identity_provider_in_use");
    assert!(enabled(&app, &acme, id).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organizations_does_not_exist() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let other = app.organization().await;
    let shown = connected(&app, &acme, &okta("okta")).await;
    let id = shown["id"].as_str().expect("an id");
    for key in [id, "okta", "con_0000000000000000", "nothing"] {
        show(&app, &other, key)
            .await
            .assert_problem(404, "not_found");
        let ended = end(&app, &other, &other.token, key).await;
        ended.assert_problem(404, "not_found");
        let changed = patch(&app, &other, key, "*", &json!({ "is_enabled": false })).await;
        changed.assert_problem(404, "not_found");
    }
    let (_, token) = app.member(&acme, Role::OrgMember).await;
    let refused = end(&app, &acme, &token, id).await;
    refused.assert_problem(403, "permission_denied");
    assert!(enabled(&app, &acme, id).await.is_some());
}

/// A connection whose marker says another organization is not touched, whatever our own row says.
#[tokio::test(flavor = "multi_thread")]
async fn the_marker_at_auth0_has_the_last_word() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let shown = connected(&app, &acme, &okta("okta")).await;
    let id = shown["id"].as_str().expect("an id");
    let taken = json!({ "metadata": { "org_id": "org_0000000000000000", "env": "test" } });
    app.call_auth0(Method::PATCH, &format!("connections/{id}"), Some(&taken))
        .await
        .assert_status(200);
    let before = at_auth0(&app, &format!("connections/{id}")).await;
    let changed = patch(&app, &acme, id, "*", &json!({ "display_name": "Mine" })).await;
    changed.assert_status(200);
    becomes(&app, &acme, "okta", "failed").await;
    assert_eq!(at_auth0(&app, &format!("connections/{id}")).await, before);
    end(&app, &acme, &acme.token, id).await.assert_status(204);
    eventually("the end of the row", || async {
        let rows = app.rows_that_mention(&[id.to_owned()]).await;
        let rows = rows
            .iter()
            .filter(|row| row.starts_with("app.identity_providers "));
        (rows.count() == 0).then_some(())
    })
    .await;
    assert_eq!(at_auth0(&app, &format!("connections/{id}")).await, before);
}
