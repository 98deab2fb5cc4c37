//! An organization that invites, and what the invitee does.

use reqwest::Method;
use sandbox::Running;
use serde_json::{Value, json};

use crate::browser::{Browser, Login, Page, sandbox};
use crate::organizations::Tenant;

/// An organization that invites, and the browser of whoever is invited.
pub(crate) struct Acme {
    pub(crate) sandbox: Running,
    pub(crate) tenant: Tenant,
    pub(crate) id: String,
    pub(crate) browser: Browser,
}

pub(crate) struct Invited {
    pub(crate) id: String,
    pub(crate) ticket: String,
}

impl Acme {
    pub(crate) async fn start() -> Self {
        let sandbox = sandbox().await;
        let tenant = Tenant::of(&sandbox).await;
        let id = tenant.acme(false).await;
        let browser = Browser::new(sandbox.base_url());
        Self {
            sandbox,
            tenant,
            id,
            browser,
        }
    }

    /// The id of a connection of a strategy that is enabled for the organization and the console.
    pub(crate) async fn enable(&self, strategy: &str, name: &str) -> String {
        let new = json!({
            "name": name, "strategy": strategy, "enabled_clients": ["tenantry-console"],
            "options": { "client_id": "tenantry" },
        });
        let made = self.tenant.call(Method::POST, "connections", new).await;
        self.enable_existing(made["id"].as_str().unwrap()).await
    }

    pub(crate) async fn enable_existing(&self, connection: &str) -> String {
        let path = format!("organizations/{}/enabled_connections", self.id);
        let body = json!({ "connection_id": connection });
        self.tenant.call(Method::POST, &path, body).await;
        connection.to_owned()
    }

    pub(crate) async fn enable_google(&self) {
        let path = "connections?name=google-oauth2";
        let found = self.tenant.call(Method::GET, path, Value::Null).await;
        let list = found.get("connections").unwrap_or(&found);
        self.enable_existing(list[0]["id"].as_str().unwrap()).await;
    }

    pub(crate) fn path(&self) -> String {
        format!("organizations/{}/invitations", self.id)
    }

    pub(crate) async fn invite(&self, email: &str, more: Value) -> Invited {
        let mut body = json!({
            "inviter": { "name": "Ada Buyer" }, "invitee": { "email": email },
            "client_id": "tenantry-console",
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = self.tenant.call(Method::POST, &self.path(), body).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        Invited {
            id: text("id"),
            ticket: text("ticket_id"),
        }
    }

    pub(crate) async fn open(&self) -> usize {
        let listed = self
            .tenant
            .call(Method::GET, &self.path(), Value::Null)
            .await;
        listed.as_array().unwrap().len()
    }

    /// `GET /authorize` as the console's login route asks after the click on the link.
    pub(crate) async fn click(&self, invited: &Invited, more: &[(&str, &str)]) -> Login {
        let mut all = vec![
            ("invitation", invited.ticket.as_str()),
            ("organization", &self.id),
        ];
        all.extend(more);
        self.browser.authorize(&all).await
    }

    pub(crate) async fn fill(&self, address: &str, form: &[(&str, &str)]) -> Page {
        let csrf = self.browser.get(address).await.csrf();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(form);
        self.browser.post(address, &all).await
    }

    /// Through the invitation's page with a password.
    pub(crate) async fn accept(&self, invited: &Invited, password: &str) -> Login {
        let Login { verifier, page } = self.click(invited, &[]).await;
        let address = page.location.expect("the invitation's page");
        assert!(address.starts_with("/u/signup/invitation?"), "{address}");
        let page = self.fill(&address, &[("password", password)]).await;
        Login { verifier, page }
    }

    /// Through an identity provider that the invitation's page offers.
    pub(crate) async fn accept_through(
        &self,
        invited: &Invited,
        connection: &str,
        profile: &[(&str, &str)],
    ) -> Login {
        let Login { verifier, page } = self.click(invited, &[]).await;
        let address = page.location.expect("the invitation's page");
        let shown = self.browser.get(&address).await;
        let (_, state) = address.split_once('?').unwrap();
        let provider = format!("/u/idp/{connection}?{state}");
        assert!(shown.body.contains(&provider), "{}", shown.body);
        let page = self.fill(&provider, profile).await;
        Login { verifier, page }
    }

    pub(crate) async fn logged(&self, kind: &str) -> Value {
        let path = format!("logs?q=type:{kind}");
        self.tenant.call(Method::GET, &path, Value::Null).await
    }

    pub(crate) async fn user(&self, email: &str) -> Value {
        let path = format!("users-by-email?email={email}");
        let found = self.tenant.call(Method::GET, &path, Value::Null).await;
        found[0].clone()
    }
}
