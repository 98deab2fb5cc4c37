//! Whoever an older system created ahead of time comes in by choosing a password; nobody but them sees the link.

use management::{NewOrganization, NewUser};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, eventually};
use uuid::Uuid;

/// An organization of an older system with one member who has never logged in, imported.
async fn imported(app: &TestApp, token: &str) -> (String, String, String) {
    let name = format!("old-{}", &Uuid::new_v4().simple().to_string()[..12]);
    let new = NewOrganization {
        name: name.clone(),
        display_name: "Old".to_owned(),
        ..Default::default()
    };
    let auth0 = app.auth0();
    let made = auth0.organizations().create(&new).await;
    let org_id = made.expect("Auth0 makes it").id;
    let connections = auth0.connections();
    let connection = connections
        .by_name("Username-Password-Authentication")
        .await;
    let connection = connection.expect("Auth0 answers").expect("it is there").id;
    let enable = format!("api/v2/organizations/{org_id}/enabled_connections");
    let management = app
        .machine_token(
            "tenantry-management",
            &format!("{}api/v2/", app.sandbox.base_url()),
        )
        .await;
    let request = app
        .sandbox_request(Method::POST, &enable)
        .bearer_auth(management)
        .json(&json!({ "connection_id": connection, "assign_membership_on_login": false }));
    app.send(request).await.assert_status(201);
    let email = format!("{name}@theirs.example");
    let user = NewUser {
        connection: "Username-Password-Authentication".to_owned(),
        email: email.clone(),
        password: Some(format!("Nobody-knows-{name}").into()),
        ..Default::default()
    };
    let user = auth0.users().create(&user).await.expect("a user").user_id;
    let added = auth0.organizations().add_members(&org_id, &[&user]).await;
    added.expect("Auth0 takes them");
    let body = json!({ "org_ids": [org_id], "plan": "team", "comp_until": "2030-01-01T00:00:00Z" });
    app.post("/v1/platform/imports", token, &body)
        .await
        .assert_status(202);
    app.settled().await;
    (org_id, user, email)
}

async fn letters(app: &TestApp, email: &str) -> Vec<Value> {
    let mailbox = app.sandbox_get("sandbox/mailbox").await;
    let mails = mailbox["mails"].as_array().expect("mails").iter();
    let mine = |mail: &&Value| mail["template"] == "change_password" && mail["to"] == email;
    mails.filter(mine).cloned().collect()
}

async fn adopt(app: &TestApp, token: &str, org_id: &str, user: &str) -> tests::Answer {
    let user = user.replace('|', "%7C");
    let path = format!("/v1/platform/organizations/{org_id}/members/{user}/adoption-ticket");
    app.send(app.request(Method::POST, &path, Some(token)))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_created_ahead_of_time_chooses_a_password_and_comes_in_once() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let (org_id, user, email) = imported(&app, &token).await;
    let answer = adopt(&app, &token, &org_id, &user).await;
    answer.assert_status(202);
    let letter = eventually("the letter", || async {
        letters(&app, &email).await.first().cloned()
    })
    .await;
    let link = letter["link"].as_str().expect("a link").to_owned();
    assert!(link.ends_with('#'), "{link}");
    let secret = link.split("ticket=").nth(1).expect("a ticket");
    let secret = secret.trim_end_matches('#').to_owned();
    app.settled().await;
    let told = app.rows_that_mention(std::slice::from_ref(&secret)).await;
    assert!(told.is_empty(), "{told:?}");
    assert!(!answer.body.contains(&secret));
    let page = format!("u/reset-password?ticket={secret}");
    let choose = async |password: &str| {
        let request = app.sandbox_request(Method::POST, &page);
        app.send(request.form(&[("password", password)])).await
    };
    choose("short").await.assert_status(400);
    let done = choose(tests::PASSWORD).await;
    assert!(done.assert_status(200).body.contains(&org_id), "{done:?}");
    choose("Another-one-1").await.assert_status(400);
    let login = app.log_in_as(&email, Some(&org_id)).await;
    let member = login.expect("they come in").token;
    let me = format!("/v1/orgs/{org_id}");
    app.get(&me, Some(&member)).await.assert_status(200);
    // Once they have been here there is nothing to adopt.
    adopt(&app, &token, &org_id, &user).await.assert_status(202);
    app.settled().await;
    assert_eq!(letters(&app, &email).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_written_to_and_an_auth0_that_is_away_is_waited_for() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let (org_id, user, email) = imported(&app, &token).await;
    let foreign = app.bare_organization().await;
    for (org_id, user) in [
        (&foreign, user.as_str()),
        (&org_id, "auth0|nobody"),
        (&"org_1".to_owned(), user.as_str()),
    ] {
        let answer = adopt(&app, &token, org_id, user).await;
        answer.assert_problem(404, "not_found");
    }
    let fault = json!({ "path": "/dbconnections/", "kind": "status", "status": 503, "times": 2 });
    app.plan_fault(&fault).await;
    adopt(&app, &token, &org_id, &user).await.assert_status(202);
    app.settled().await;
    assert_eq!(letters(&app, &email).await.len(), 1);
}
