//! How an organization comes to insist on its own identity provider, without ever locking itself out.

mod bound;
mod break_glass;
mod enforcement;
mod linking;
mod lock_out;
mod races;
mod steps;

use domain::{ConnectionId, Role};
use serde_json::{Value, json};
use store::DatabaseRole;
use tests::{Answer, Organization, TestApp, eventually};

/// Where everybody else has a password.
const DATABASE: &str = "Username-Password-Authentication";

/// An organization that has its own identity provider, and a member who came through it.
struct Acme {
    organization: Organization,
    /// Of the identity provider's connection.
    connection: String,
    connection_id: ConnectionId,
    /// The member's.
    email: String,
    token: String,
}

fn policies(organization: &Organization) -> String {
    format!("/v1/orgs/{}/policies", organization.id)
}

async fn set(app: &TestApp, organization: &Organization, sso: &str) -> Answer {
    let body = json!({ "members_can_invite": false, "sso": sso });
    app.put(&policies(organization), &organization.token, &body)
        .await
}

/// A project is what members work on.
async fn read(app: &TestApp, organization: &Organization, token: &str) -> Answer {
    let path = format!("/v1/orgs/{}/projects", organization.id);
    app.get(&path, Some(token)).await
}

impl Acme {
    async fn start(app: &TestApp) -> Self {
        app.is_compared().await;
        let organization = app.organization_of("enterprise").await;
        let path = format!("/v1/orgs/{}/identity-providers", organization.id);
        let body = json!({
            "name": "okta", "strategy": "okta",
            "options": { "domain": "acme.okta.com", "client_id": "0oa1", "client_secret": "a-secret-of-theirs" },
        });
        let created = app.post(&path, &organization.token, &body).await;
        created.assert_status(202);
        let path = format!("{path}/okta");
        let ready = eventually("the identity provider", || async {
            let shown = app.get(&path, Some(&organization.token)).await.json();
            (shown["state"] == "ready").then_some(shown)
        })
        .await;
        let connection = ready["connection"].as_str().expect("a name").to_owned();
        let connection_id = ready["id"].as_str().expect("an id").parse().expect("an id");
        let email = format!("ada@{}.example", organization.name);
        let token = joined(app, &organization, &email, &connection).await;
        Self {
            organization,
            connection,
            connection_id,
            email,
            token,
        }
    }

    /// As a test login that came back leaves it.
    async fn is_tested(&self, app: &TestApp) {
        let noted = sqlx::query(
            "update app.identity_providers set tested_at = now(), tested_by = $2, tested_claims = '{}' \
             where org_id = $1",
        )
        .bind(&self.organization.id)
        .bind(&self.organization.admin.user_id)
        .execute(&mut app.database.admin().await)
        .await;
        assert_eq!(noted.expect("it is noted").rows_affected(), 1);
    }

    async fn enforces(&self, app: &TestApp) {
        self.is_tested(app).await;
        set(app, &self.organization, "enforce")
            .await
            .assert_status(200);
        let wanted = format!("enforce:{}", self.connection_id);
        self.login_says(app, Some(&wanted)).await;
    }

    /// What the login of the organization is told.
    async fn login_says(&self, app: &TestApp, wanted: Option<&str>) {
        eventually("the login to follow", || async {
            let shown = app
                .auth0()
                .organizations()
                .show(&self.organization.id)
                .await;
            let metadata = shown.expect("Auth0 answers").expect("it is there").metadata;
            (metadata.get("sso").map(String::as_str) == wanted).then_some(())
        })
        .await;
    }

    /// The token of the administrator, who has broken the glass.
    async fn administrator(&self, app: &TestApp) -> String {
        let organization = &self.organization;
        let login = app
            .log_in(&organization.admin, Some(&organization.id))
            .await;
        let token = login.expect("an administrator logs in").token;
        let reason = json!({ "reason": "A test." });
        let broken = self.break_glass(app, &token, &reason).await;
        broken.assert_status(201);
        token
    }

    /// The user id of the member who came through the identity provider.
    async fn member_id(&self, app: &TestApp) -> String {
        let shown = app.get("/v1/me", Some(&self.token)).await;
        let shown = shown.assert_status(200).json();
        shown["user_id"].as_str().expect("a user id").to_owned()
    }

    async fn break_glass(&self, app: &TestApp, token: &str, body: &Value) -> Answer {
        let path = format!("{}/break-glass", policies(&self.organization));
        app.post(&path, token, body).await
    }
}

/// A new member with an invitation that is pinned to the connection; their token.
async fn joined(
    app: &TestApp,
    organization: &Organization,
    email: &str,
    connection: &str,
) -> String {
    let invitations = format!("/v1/orgs/{}/invitations", organization.id);
    let body = json!({
        "invitees": [{ "email": email, "roles": [Role::OrgMember] }], "connection": connection,
    });
    let invited = app.post(&invitations, &organization.token, &body).await;
    invited.assert_status(201);
    let link = app.mailed_link(email).await;
    // An identity provider's connection begins with the organization's id, an own user store's ends with it.
    let own = organization.id.trim_start_matches("org_");
    let is_store = connection == DATABASE || connection.ends_with(own);
    let login = match is_store {
        true => app.follow(&link, email).await,
        false => app.follow_through(&link, email, connection).await,
    };
    let login = login.expect("they accept");
    eventually("the membership", || async {
        let read = read(app, organization, &login.token).await;
        read.status.is_success().then_some(())
    })
    .await;
    login.token
}

/// Somebody with this connection on record, in our rows alone.
async fn recorded(app: &TestApp, organization: &Organization, user_id: &str, connection: &str) {
    let store = app.database.store(DatabaseRole::Worker).await;
    let id: domain::OrganizationId = organization.id.parse().expect("an id");
    let mut tx = store.tenant(&id.into()).await.expect("a transaction");
    let user = user_id.parse().expect("a user id");
    let found = tx.membership(&user).await.expect("it is read");
    let mut membership = found.expect("a member");
    membership.connection = Some(connection.to_owned());
    tx.save_membership(&membership).await.expect("it is saved");
    tx.commit().await.expect("it is committed");
}
