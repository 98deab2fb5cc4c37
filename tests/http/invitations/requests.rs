//! What can be asked for, and by whom.

use domain::Role;
use serde_json::{Value, json};
use store::DatabaseRole;
use tests::{Organization, TestApp};

fn path(organization: &Organization) -> String {
    format!("/v1/orgs/{}/invitations", organization.id)
}

fn outcomes(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item["outcome"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_kept_here_and_made_at_auth0_without_its_link_being_shown() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let body = json!({
        "invitees": [{ "email": "Bo@Acme.Example", "roles": ["org_member", "org_billing"] }],
        "ttl_seconds": 3600, "locale": "fr",
    });
    let answer = app.post(&path(&acme), &acme.token, &body).await;
    let created = answer.assert_status(201).json()["items"][0]["invitation"].clone();
    let id = created["invitation_id"].as_str().expect("an id");
    assert_eq!(created["email"], "bo@acme.example");
    app.settled().await;
    let [theirs] = &app.invitations_at_auth0(&acme, id).await[..] else {
        panic!("Auth0 has not exactly one");
    };
    assert_eq!(
        (theirs.client_id.as_str(), theirs.roles.len()),
        ("tenantry-console", 2)
    );
    assert_eq!(theirs.user_metadata["lang"], "fr");
    assert!((theirs.expires_at - theirs.created_at).num_seconds() <= 3600);
    let shown = app.invitation(&acme, id).await;
    assert_eq!(shown["state"], "pending");
    let list = app.get(&path(&acme), Some(&acme.token)).await;
    let rows = app.rows_that_mention(&[secret(theirs)]).await;
    assert_eq!(rows, Vec::<String>::new(), "the ticket is stored");
    for text in [shown.to_string(), list.body, answer.body] {
        assert!(
            !text.contains(&secret(theirs)) && !text.contains("invitation_url"),
            "{text}"
        );
    }
}

fn secret(invitation: &management::Invitation) -> String {
    use secrecy::ExposeSecret;
    invitation.ticket_id.expose_secret().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_invited_or_a_member_already_is_not_invited_again() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    app.invite(&acme, "bo@acme.example", &[Role::OrgMember])
        .await
        .assert_status(201);
    let roles = ["org_member"];
    let body = json!({ "invitees": [
        { "email": "BO@acme.example", "roles": roles },
        { "email": acme.admin.email, "roles": roles },
        { "email": "new@acme.example", "roles": roles },
    ] });
    let answer = app.post(&path(&acme), &acme.token, &body).await;
    let answer = answer.assert_status(201).json();
    assert_eq!(
        outcomes(&answer),
        ["already_pending", "already_member", "created"]
    );
    let again = app.post(&path(&acme), &acme.token, &body).await;
    let again = again.assert_status(200).json();
    assert_eq!(
        outcomes(&again),
        ["already_pending", "already_member", "already_pending"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_has_one_effect() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let body = json!({ "invitees": [{ "email": "bo@acme.example", "roles": ["org_member"] }] });
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = app
            .request(reqwest::Method::POST, &path(&acme), Some(&acme.token))
            .header("idempotency-key", "invite-bo")
            .json(&body);
        answers.push(app.send(request).await.assert_status(201).body.clone());
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let roles = ["org_member"];
    let right = json!({ "email": "bo@acme.example", "roles": roles });
    let eleven: Vec<_> = (0..11)
        .map(|n| json!({ "email": format!("{n}@acme.example"), "roles": roles }))
        .collect();
    for (body, field) in [
        (json!({ "invitees": [] }), "invitees"),
        (json!({ "invitees": eleven }), "invitees"),
        (
            json!({ "invitees": [right, { "email": "bo", "roles": roles }] }),
            "invitees[1].email",
        ),
        (json!({ "invitees": [right, right] }), "invitees[1].email"),
        (
            json!({ "invitees": [{ "email": "bo@acme.example", "roles": [] }] }),
            "invitees[0].roles",
        ),
        (
            json!({ "invitees": [{ "email": "bo@acme.example", "roles": ["rol_0123456789abcdef"] }] }),
            "invitees[0].roles[0]",
        ),
        (
            json!({ "invitees": [right], "ttl_seconds": 2_592_001 }),
            "ttl_seconds",
        ),
        (
            json!({ "invitees": [right], "ttl_seconds": 0 }),
            "ttl_seconds",
        ),
        (
            json!({ "invitees": [right], "connection": "a b" }),
            "connection",
        ),
        (json!({ "invitees": [right], "locale": "{{x}}" }), "locale"),
        (json!({ "invitees": [right], "inviter": "Bank" }), "inviter"),
    ] {
        let answer = app.post(&path(&acme), &acme.token, &body).await;
        answer
            .assert_problem(422, "invalid_request")
            .assert_field(field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_policy_only_administrators_invite_and_see_invitations() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let id = app.expired_invitation(&acme).await;
    let body = json!({ "invitees": [{ "email": "bo@acme.example", "roles": ["org_readonly"] }] });
    for role in [Role::OrgMember, Role::OrgBilling, Role::OrgReadonly] {
        let (_, token) = app.member(&acme, role).await;
        let one = format!("{}/{id}", path(&acme));
        let again = format!("{one}/resend");
        let delete = app.request(reqwest::Method::DELETE, &one, Some(&token));
        for answer in [
            app.post(&path(&acme), &token, &body).await,
            app.post(&again, &token, &json!({})).await,
            app.get(&path(&acme), Some(&token)).await,
            app.get(&one, Some(&token)).await,
            app.send(delete).await,
        ] {
            answer.assert_problem(403, "permission_denied");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_by_state_and_paged() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let expired = app.expired_invitation(&acme).await;
    for n in 0..3 {
        app.invite(&acme, &format!("{n}@acme.example"), &[Role::OrgMember])
            .await
            .assert_status(201);
    }
    let list = |query: &str| {
        let path = format!("{}?{query}", path(&acme));
        async {
            app.get(&{ path }, Some(&acme.token))
                .await
                .assert_status(200)
                .json()
        }
    };
    let ids = |page: &Value| page["items"].as_array().expect("items").len();
    let first = list("state=pending&limit=2").await;
    let cursor = first["next_cursor"].as_str().expect("a second page");
    let second = list(&format!("state=pending&limit=2&cursor={cursor}")).await;
    assert_eq!((ids(&first), ids(&second)), (2, 1));
    let only = list("state=expired").await;
    assert_eq!(only["items"][0]["invitation_id"], expired.as_str());
    assert_eq!(ids(&list("").await), 4);
    let wrong = format!("{}?state=lost", path(&acme));
    app.get(&wrong, Some(&acme.token))
        .await
        .assert_problem(400, "invalid_query");
}

/// What the administrator's profile at their identity provider calls them.
async fn rename(app: &TestApp, acme: &Organization, name: &str) {
    let store = app.database.store(DatabaseRole::Worker).await;
    let id: domain::OrganizationId = acme.id.parse().expect("an id");
    let mut tx = store.tenant(&id.into()).await.expect("a transaction");
    let user_id = acme.admin.user_id.parse().expect("a user id");
    let admin = tx.membership(&user_id).await.expect("it is read");
    let mut admin = admin.expect("the administrator");
    admin.name = Some(name.to_owned());
    tx.save_membership(&admin).await.expect("it is saved");
    tx.commit().await.expect("it is committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_names_the_inviter_only_if_that_name_can_be_shown() {
    let app = TestApp::start().await;
    let acme = app.organization().await;
    let payloads = [
        "<b>Ada</b>",
        "Ada\r\nBcc: x@y.example",
        "{{ user.email }}",
        "{% include 'x' %}",
        "Ada https://evil.example",
        "www.evil.example",
        "Ada\u{202e}adA",
        "Ad\u{200b}a",
        " ",
    ];
    for (n, payload) in payloads.iter().enumerate() {
        rename(&app, &acme, payload).await;
        let answer = app
            .invite(&acme, &format!("{n}@acme.example"), &[Role::OrgMember])
            .await;
        let invitation = answer.assert_status(201).json()["items"][0]["invitation"].clone();
        assert_eq!(invitation["inviter"]["name"], "A team", "{payload}");
        let one = format!(
            "{}/{}",
            path(&acme),
            invitation["invitation_id"].as_str().expect("id")
        );
        let revoke = app.request(reqwest::Method::DELETE, &one, Some(&acme.token));
        app.send(revoke).await.assert_status(204);
    }
}
