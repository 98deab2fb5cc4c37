//! Once it is enforced, nothing that is done here may leave nobody a way in.

use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, TestApp, eventually};

use super::{Acme, joined, policies, set};

impl Acme {
    pub(super) fn path(&self, below: &str) -> String {
        format!("/v1/orgs/{}{below}", self.organization.id)
    }

    fn path_of_member(&self, user: &str, below: &str) -> String {
        self.path(&format!("/members/{}{below}", user.replace('|', "%7C")))
    }

    pub(super) async fn give(&self, app: &TestApp, token: &str, user: &str, role: Role) -> Answer {
        let path = self.path_of_member(user, "/roles");
        app.put(&path, token, &json!({ "roles": [role] })).await
    }

    /// A second identity provider that nobody has come through yet.
    pub(super) async fn spare(&self, app: &TestApp) {
        let body = json!({
            "name": "spare", "strategy": "okta",
            "options": { "domain": "spare.okta.com", "client_id": "0oa1", "client_secret": "a-secret-of-theirs" },
        });
        let token = &self.organization.token;
        let created = app
            .post(&self.path("/identity-providers"), token, &body)
            .await;
        created.assert_status(202);
        let path = self.path("/identity-providers/spare");
        eventually("the spare identity provider", || async {
            let shown = app.get(&path, Some(token)).await.json();
            (shown["state"] == "ready").then_some(())
        })
        .await;
    }

    /// As a test login leaves it.
    pub(super) async fn has_tested(&self, app: &TestApp, name: &str) {
        let noted = "update app.identity_providers set tested_at = now(), tested_by = $3, tested_claims = '{}' \
             where org_id = $1 and name = $2";
        let noted = sqlx::query(noted)
            .bind(&self.organization.id)
            .bind(name)
            .bind(&self.organization.admin.user_id)
            .execute(&mut app.database.admin().await)
            .await;
        assert_eq!(noted.expect("it is noted").rows_affected(), 1);
    }

    pub(super) async fn switch_off(&self, app: &TestApp, token: &str, name: &str) -> Answer {
        self.change(app, token, name, &json!({ "is_enabled": false }))
            .await
    }

    /// Another client at the provider, of which no test login has proved anything.
    pub(super) async fn set_up_anew(&self, app: &TestApp, token: &str, name: &str) -> Answer {
        let client = format!("0oa{}", uuid::Uuid::new_v4().simple());
        let options = json!({ "domain": "spare.okta.com", "client_id": client });
        self.change(app, token, name, &json!({ "options": options }))
            .await
    }

    async fn change(&self, app: &TestApp, token: &str, name: &str, body: &Value) -> Answer {
        let path = self.path(&format!("/identity-providers/{name}"));
        let tag = app.get(&path, Some(token)).await;
        let tag = tag.header("etag").unwrap_or("\"1\"").to_owned();
        let request = app.request(Method::PATCH, &path, Some(token));
        let request = request.header("if-match", tag);
        app.send(request.json(body)).await
    }

    /// The member who came through the identity provider becomes an administrator, and logs in as one; their user id.
    pub(super) async fn promoted(&mut self, app: &TestApp) -> String {
        let user = self.member_id(app).await;
        let given = self.give(app, &self.organization.token, &user, Role::OrgAdmin);
        given.await.assert_status(200);
        let (email, id, connection) = (&self.email, &self.organization.id, &self.connection);
        self.token = eventually("a token of an administrator", || async {
            let login = app.log_in_through(email, id, connection).await.ok()?;
            let roles = &login.access["https://tenantry.dev/roles"];
            (*roles == json!(["org_admin"])).then_some(login.token)
        })
        .await;
        user
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_identity_provider_that_is_known_to_work_stays() {
    let app = TestApp::start().await;
    let mut acme = Acme::start(&app).await;
    acme.spare(&app).await;
    acme.has_tested(&app, "spare").await;
    set(&app, &acme.organization, "enforce")
        .await
        .assert_status(200);
    acme.organization.token = acme.administrator(&app).await;
    let token = acme.organization.token.clone();
    let path = acme.path("/identity-providers/spare");
    let delete = || async {
        app.send(app.request(Method::DELETE, &path, Some(&token)))
            .await
    };
    let detach = || async {
        app.post(&format!("{path}/detach"), &token, &json!({}))
            .await
    };
    for refused in [
        delete().await,
        detach().await,
        acme.switch_off(&app, &token, "spare").await,
        acme.set_up_anew(&app, &token, "spare").await,
    ] {
        refused.assert_problem(409, "sso_enforced");
        let refused = refused.json();
        let detail = refused["detail"].as_str().expect("a detail");
        assert!(
            detail.contains("test another one, or set policies.sso to warn first"),
            "{detail}"
        );
    }
    let shown = app.get(&path, Some(&token)).await.json();
    assert_eq!(shown["is_enabled"], true, "a refusal changes nothing");
    assert!(shown["tested_at"].is_string(), "{shown}");
    // Another one that works lifts it.
    acme.has_tested(&app, "okta").await;
    let changed = acme
        .set_up_anew(&app, &token, "spare")
        .await
        .assert_status(200)
        .json();
    assert_eq!(changed["tested_at"], Value::Null, "{changed}");
    let last = acme.set_up_anew(&app, &token, "okta").await;
    last.assert_problem(409, "sso_enforced");
    let switched = acme.switch_off(&app, &token, "spare").await;
    switched.assert_status(200);
    delete().await.assert_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_enforcement_it_may_go() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    acme.spare(&app).await;
    acme.has_tested(&app, "spare").await;
    set(&app, &acme.organization, "warn")
        .await
        .assert_status(200);
    let path = acme.path("/identity-providers/spare");
    let token = &acme.organization.token;
    let gone = app
        .send(app.request(Method::DELETE, &path, Some(token)))
        .await;
    gone.assert_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_who_can_break_the_glass_stays_one() {
    let app = TestApp::start().await;
    let mut acme = Acme::start(&app).await;
    let ada = acme.promoted(&app).await;
    acme.enforces(&app).await;
    let admin = acme.organization.admin.user_id.clone();
    acme.organization.token = acme.administrator(&app).await;
    let own = acme.organization.token.clone();
    let ownership = acme.path_of_member(&ada, "/ownership");
    let remove = |token: &str| {
        let path = acme.path_of_member(&admin, "");
        let request = app.request(Method::DELETE, &path, Some(token));
        app.send(request)
    };
    for refused in [
        acme.give(&app, &acme.token, &admin, Role::OrgMember).await,
        acme.give(&app, &own, &admin, Role::OrgBilling).await,
        remove(&acme.token).await,
        remove(&own).await,
        app.post(&ownership, &own, &json!({})).await,
    ] {
        refused.assert_problem(409, "sso_enforced");
        let refused = refused.json();
        let detail = refused["detail"].as_str().expect("a detail");
        assert!(detail.contains("could break the glass"), "{detail}");
    }
    let account = app
        .send(app.request(Method::DELETE, "/v1/me", Some(&own)))
        .await;
    account.assert_problem(409, "sso_enforced");
    assert_eq!(account.json()["errors"][0]["code"], "sso_enforced");
    // Whoever comes through the identity provider may go: the way back is not theirs.
    acme.give(&app, &own, &ada, Role::OrgMember)
        .await
        .assert_status(200);
    acme.give(&app, &own, &ada, Role::OrgAdmin)
        .await
        .assert_status(200);
    set(&app, &acme.organization, "warn")
        .await
        .assert_status(200);
    let given = acme.give(&app, &acme.token, &admin, Role::OrgMember).await;
    given.assert_status(200);
}

pub(super) async fn invite(app: &TestApp, acme: &Acme, token: &str, email: &str) -> Value {
    let body = json!({ "invitees": [{ "email": email, "roles": ["org_member"] }] });
    let invited = app.post(&acme.path("/invitations"), token, &body).await;
    invited.assert_status(201).json()["items"][0]["invitation"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_of_before_is_bound_when_it_is_sent_again() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let email = format!("bo@{}.example", acme.organization.name);
    let before = invite(&app, &acme, &acme.organization.token, &email).await;
    assert_eq!(before["connection"], Value::Null);
    let first = app.mailed_link(&email).await;
    acme.spare(&app).await;
    acme.has_tested(&app, "okta").await;
    set(&app, &acme.organization, "enforce")
        .await
        .assert_status(200);
    let token = acme.administrator(&app).await;
    let id = before["invitation_id"].as_str().expect("an id");
    // Which of the two it would be for, nobody said.
    let shown = acme.path(&format!("/invitations/{id}"));
    let void = app.get(&shown, Some(&token)).await;
    let void = void.assert_status(200).json();
    assert_eq!(
        (&void["state"], &void["failure"]),
        (&json!("failed"), &json!("sso_enforced"))
    );
    let resend = acme.path(&format!("/invitations/{id}/resend"));
    let unclear = app.post(&resend, &token, &json!({})).await;
    unclear.assert_problem(409, "sso_enforced");
    let unclear = unclear.json();
    let detail = unclear["detail"].as_str().expect("a detail");
    assert!(detail.contains(&acme.connection), "{detail}");
    acme.switch_off(&app, &token, "spare")
        .await
        .assert_status(200);
    let again = app.post(&resend, &token, &json!({})).await;
    assert_eq!(
        again.assert_status(200).json()["connection"],
        json!(acme.connection)
    );
    let second = eventually("the second link", || async {
        let link = app.mailed_link(&email).await;
        (link.ticket != first.ticket).then_some(link)
    })
    .await;
    let login = app.follow_through(&second, &email, &acme.connection).await;
    login.expect("the identity provider lets them in");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_invite_binds_to_the_identity_provider() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    acme.is_tested(&app).await;
    let body = json!({ "members_can_invite": true, "sso": "enforce" });
    let changed = app
        .put(
            &policies(&acme.organization),
            &acme.organization.token,
            &body,
        )
        .await;
    changed.assert_status(200);
    let invitation = invite(&app, &acme, &acme.token, "cleo@acme.example").await;
    assert_eq!(invitation["connection"], json!(acme.connection));
}

#[tokio::test(flavor = "multi_thread")]
async fn friends_are_invited_to_the_communitys_identity_provider() {
    let app = TestApp::start().await;
    let acme = Acme::start(&app).await;
    let community = [("COMMUNITY_ORGANIZATION_ID", acme.organization.id.as_str())];
    let app = app.restart_with(&community).await;
    acme.enforces(&app).await;
    let friend = app.visitor().await;
    let email = "dora@acme.example";
    let invited = app
        .post(
            "/v1/me/invitations",
            &friend.token,
            &json!({ "email": email }),
        )
        .await;
    invited.assert_status(201);
    let token = acme.administrator(&app).await;
    let path = acme.path("/invitations");
    eventually("the community's invitation", || async {
        let listed = app.get(&path, Some(&token)).await.json();
        let items = listed["items"].as_array()?;
        let found = items.iter().find(|item| item["email"] == email)?;
        (found["connection"] == json!(acme.connection)).then_some(())
    })
    .await;
    let link = app.mailed_link(email).await;
    let login = app.follow_through(&link, email, &acme.connection).await;
    login.expect("the identity provider lets them in");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_of_the_last_who_could_break_the_glass_stays_open() {
    let app = TestApp::start().await;
    let mut acme = Acme::start(&app).await;
    let path = acme.path("/user-store");
    let both = json!({ "kind": "both" });
    let ordered = app.put(&path, &acme.organization.token, &both).await;
    ordered.assert_status(202);
    let own = eventually("the own store", || async {
        let shown = app.get(&path, Some(&acme.organization.token)).await.json();
        (shown["state"] == "ready").then(|| shown["connection"].clone())
    })
    .await;
    let own = own.as_str().expect("a name");
    let email = format!("bo@{}.example", acme.organization.name);
    let bo = joined(&app, &acme.organization, &email, own).await;
    let bo = app.get("/v1/me", Some(&bo)).await.json()["user_id"].clone();
    let bo = bo.as_str().expect("a user id");
    acme.promoted(&app).await;
    let admin = acme.organization.admin.user_id.clone();
    let role = |user: &str, role| {
        let (app, acme, user) = (&app, &acme, user.to_owned());
        async move { acme.give(app, &acme.token, &user, role).await }
    };
    role(bo, Role::OrgAdmin).await.assert_status(200);
    acme.is_tested(&app).await;
    set(&app, &acme.organization, "enforce")
        .await
        .assert_status(200);
    role(&admin, Role::OrgMember).await.assert_status(200);
    let close = |kind| json!({ "kind": kind, "force": true });
    let refused = app.put(&path, &acme.token, &close("shared")).await;
    refused.assert_problem(409, "sso_enforced");
    let shown = app.get(&path, Some(&acme.token)).await.json();
    assert_eq!(shown["kind"], "both", "a refusal changes nothing");
    // The other store is nobody's way back.
    let closed = app.put(&path, &acme.token, &close("own")).await;
    closed.assert_status(202);
    role(&admin, Role::OrgAdmin).await.assert_status(200);
    let refused = role(bo, Role::OrgMember).await;
    refused.assert_problem(409, "sso_enforced");
    let warn = json!({ "members_can_invite": false, "sso": "warn" });
    app.put(&policies(&acme.organization), &acme.token, &warn)
        .await
        .assert_status(200);
    role(bo, Role::OrgMember).await.assert_status(200);
    let enforce = json!({ "members_can_invite": false, "sso": "enforce" });
    let refused = app
        .put(&policies(&acme.organization), &acme.token, &enforce)
        .await;
    refused.assert_problem(409, "last_admin");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_plan_has_ended_it_is_let_go_and_not_taken_up_again() {
    let app = TestApp::start().await;
    let mut acme = Acme::start(&app).await;
    acme.enforces(&app).await;
    acme.organization.token = acme.administrator(&app).await;
    app.end_plan(&acme.organization).await;
    let other = json!({ "members_can_invite": true, "sso": "warn" });
    let other = app
        .put(
            &policies(&acme.organization),
            &acme.organization.token,
            &other,
        )
        .await;
    other.assert_problem(402, "subscription_expired");
    for (sso, status) in [
        ("warn", 200),
        ("enforce", 402),
        ("off", 200),
        ("observe", 402),
    ] {
        let answer = set(&app, &acme.organization, sso).await;
        assert_eq!(answer.status, status, "{sso}: {answer:?}");
    }
    acme.login_says(&app, None).await;
}
