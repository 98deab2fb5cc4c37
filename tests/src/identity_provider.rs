//! An organization's own identity provider, and people who come through it.

use api::dev::demo::{Browser, Page};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{
    IdentityProviderKey, IdentityProviderName, IdentityProviderState, OrganizationId, Role,
    Strategy, TestLoginId, TestLoginState,
};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use store::{DatabaseRole, IdentityProvider, MadeScimToken, Provisioning, ScimToken, TestLogin};
use uuid::Uuid;

use crate::{Link, Organization, TestApp};

const CALLBACK: &str = "callback";

/// The least that Auth0 asks of a connection of this strategy.
pub fn connection_options(strategy: &str) -> Value {
    match strategy {
        "oidc" | "okta" | "waad" | "google-apps" => {
            json!({ "client_id": "tenantry", "client_secret": "a-secret-of-theirs" })
        }
        "pingfederate" => json!({ "pingFederateBaseUrl": "https://ping.acme.example" }),
        _ => json!({}),
    }
}

impl TestApp {
    /// A connection of this strategy and name, enabled for the organization.
    pub async fn identity_provider(&self, organization: &Organization, strategy: &str, name: &str) {
        let connection = json!({
            "name": name, "strategy": strategy, "options": connection_options(strategy),
            "enabled_clients": ["tenantry-console"],
        });
        let made = self.at_auth0(Method::POST, "connections", connection).await;
        self.enable_connection(organization, made["id"].as_str().expect("an id"))
            .await;
    }

    pub async fn enable_connection(&self, organization: &Organization, id: &str) {
        let enabled = json!({ "connection_id": id, "assign_membership_on_login": false });
        let path = format!("organizations/{}/enabled_connections", organization.id);
        self.at_auth0(Method::POST, &path, enabled).await;
    }

    /// The stand-in for a customer's OpenID provider, as an administrator connects it.
    pub fn oidc_provider(&self, name: &str) -> Value {
        let issuer = format!("{}idp/{name}", self.sandbox.base_url());
        json!({
            "name": name, "strategy": "oidc",
            "options": {
                "type": "back_channel", "client_id": "tenantry",
                "client_secret": "secret-of-the-client-at-the-provider",
                "discovery_url": format!("{issuer}/.well-known/openid-configuration"),
            },
        })
    }

    /// Opens the address in a new browser and is whoever is typed at the identity provider's page. Answers where the
    /// browser was sent in the end, which begins with `back`.
    pub async fn at_the_provider(&self, address: &str, typed: &[(&str, &str)], back: &str) -> Page {
        let mut browser = Browser::new().expect("a browser");
        let address = address.parse().expect("a URL");
        let page = browser.open(address, back).await.expect("a page");
        if page.url.as_str().starts_with(back) {
            return page;
        }
        let landed = browser.fill_in(&page, typed, back).await;
        landed.expect("it goes back")
    }

    /// A login in the organization through its OpenID provider. Answers the access token.
    ///
    /// # Errors
    /// What the redirect said.
    pub async fn log_in_by_provider(
        &self,
        organization: &Organization,
        connection: &str,
        typed: &[(&str, &str)],
    ) -> Result<String, String> {
        let back = format!("{}/{CALLBACK}", self.url);
        let verifier = Uuid::new_v4().simple().to_string().repeat(2);
        let challenge = digest::digest(&digest::SHA256, verifier.as_bytes());
        let mut url: Url = self.sandbox.base_url().parse().expect("a URL");
        url.set_path("authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", "tenantry-console")
            .append_pair("redirect_uri", &back)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
            .append_pair("code_challenge_method", "S256")
            .append_pair("scope", "openid profile email")
            .append_pair("audience", "https://api.tenantry.dev")
            .append_pair("organization", &organization.id)
            .append_pair("connection", connection);
        let landed = self.at_the_provider(url.as_str(), typed, &back).await;
        let Some(code) = landed.query("code") else {
            return Err(landed.query("error_description").unwrap_or_default());
        };
        let exchange = json!({
            "grant_type": "authorization_code", "client_id": "tenantry-console", "code": code,
            "redirect_uri": back, "code_verifier": verifier,
        });
        let tokens = self.sandbox_request(Method::POST, "oauth/token");
        let tokens = self.send(tokens.json(&exchange)).await.json();
        Ok(tokens["access_token"].as_str().expect("a token").to_owned())
    }

    /// Has the organization let people in through the social provider.
    pub async fn enable_social(&self, organization: &Organization) {
        let found = self.auth0();
        let found = found.connections().by_name("google-oauth2").await;
        let found = found.expect("Auth0 answers").expect("it is there");
        self.enable_connection(organization, &found.id).await;
    }

    /// A call of the Management API that the product itself never makes.
    pub async fn at_auth0(&self, method: Method, path: &str, body: Value) -> Value {
        let credentials = json!({
            "grant_type": "client_credentials", "client_id": "tenantry-management",
            "client_secret": "tenantry-management-secret",
            "audience": format!("{}api/v2/", self.sandbox.base_url()),
        });
        let token = self.sandbox_request(Method::POST, "oauth/token");
        let token = self.send(token.json(&credentials)).await.json();
        let request = self.sandbox_request(method, &format!("api/v2/{path}"));
        let request = request.bearer_auth(token["access_token"].as_str().expect("a token"));
        let answer = self.send(request.json(&body)).await;
        assert!(answer.status.is_success(), "{answer:?}");
        answer.json()
    }

    /// Follows the link in a new browser and comes through the provider, which calls them so and has this address for
    /// them. Answers the address that the browser is sent back to.
    pub async fn open_by_provider(
        &self,
        link: &Link,
        connection: &str,
        username: &str,
        email: &str,
    ) -> Url {
        let back = format!("{}/{CALLBACK}", self.url);
        let mut browser = Browser::new().expect("a browser");
        let first = browser.open(self.authorize(link, &back), &back).await;
        let first = first.expect("a page");
        if first.url.as_str().starts_with(&back) {
            return first.url;
        }
        let provider = self.provider_page(&first, connection);
        let page = browser.open(provider, &back).await.expect("a page");
        let typed = [("username", username), ("email", email)];
        let landed = browser.fill_in(&page, &typed, &back).await;
        landed.expect("it goes back").url
    }

    fn authorize(&self, link: &Link, back: &str) -> Url {
        let mut url: Url = self.sandbox.base_url().parse().expect("a URL");
        url.set_path("authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", "tenantry-console")
            .append_pair("redirect_uri", back)
            .append_pair("scope", "openid")
            .append_pair("prompt", "login")
            .append_pair("organization", &link.organization)
            .append_pair("invitation", &link.ticket);
        url
    }

    fn provider_page(&self, page: &Page, connection: &str) -> Url {
        let mut url: Url = self.sandbox.base_url().parse().expect("a URL");
        url.set_path(&format!("u/idp/{connection}"));
        let state = page.query("state").expect("a login under way");
        url.query_pairs_mut().append_pair("state", &state);
        url
    }
}

impl TestApp {
    /// One in our rows alone with a test login that the administrator began, in the place of any that there were but the
    /// first of this kind; answers its connection's id.
    pub async fn written_identity_provider(&self, organization: &Organization) -> String {
        let store = self.database.store(DatabaseRole::Worker).await;
        let id: OrganizationId = organization.id.parse().expect("an organization's id");
        let connection = format!("con_{}", &Uuid::new_v4().simple().to_string()[..16]);
        let mut tx = store
            .tenant(&id.clone().into())
            .await
            .expect("a transaction");
        let present = tx.identity_providers().await.expect("they are read");
        let is_first = |provider: &IdentityProvider| provider.name.as_ref() == "first";
        let name = match present.iter().any(is_first) {
            false => "first".to_owned(),
            true => format!("written-{}", &connection[4..]),
        };
        for other in present.iter().filter(|provider| !is_first(provider)) {
            let gone = tx.delete_identity_provider(&other.name).await;
            gone.expect("it is deleted");
        }
        let name: IdentityProviderName = name.parse().expect("a name");
        let written = IdentityProvider {
            connection_name: name.connection_name(&id),
            connection_id: Some(connection.parse().expect("an id")),
            strategy: Strategy::Okta,
            display_name: "Written".into(),
            show_as_button: true,
            assign_membership_on_login: false,
            is_enabled: true,
            default_role: Role::OrgMember,
            options: Default::default(),
            discovered: Default::default(),
            secret_hints: Default::default(),
            sealed_secrets: None,
            group_roles: Default::default(),
            state: IdentityProviderState::Ready,
            failure: None,
            removal: None,
            setup: 1,
            tested: None,
            proof_lost_at: None,
            created_at: Default::default(),
            updated_at: Default::default(),
            version: 1,
            name,
        };
        let inserted = tx.insert_identity_provider(&written).await;
        inserted.expect("it is written");
        let test = written_test(organization, &written);
        tx.insert_test_login(&test).await.expect("it is written");
        tx.commit().await.expect("it is committed");
        connection
    }

    /// Its provisioning with one token, in our rows alone; answers the token's id.
    pub async fn written_provisioning(&self, organization: &Organization, idp_id: &str) -> String {
        let store = self.database.store(DatabaseRole::Worker).await;
        let id: OrganizationId = organization.id.parse().expect("an organization's id");
        let mut tx = store.tenant(&id.into()).await.expect("a transaction");
        let key = IdentityProviderKey::Id(idp_id.parse().expect("an id"));
        let provider = tx.identity_provider(&key).await.expect("it is read");
        let name = provider.expect("it is there").name;
        let written = Provisioning {
            identity_provider: name.clone(),
            connection_id: idp_id.parse().expect("an id"),
            user_id_attribute: "externalId".into(),
            attributes: Vec::new(),
            keeps_groups: false,
            created_at: Default::default(),
            updated_at: Default::default(),
        };
        tx.insert_provisioning(&written)
            .await
            .expect("it is written");
        let token = ScimToken {
            id: Uuid::now_v7(),
            identity_provider: name,
            made: None,
            created_at: Default::default(),
            created_by: organization.admin.user_id.parse().expect("a user's id"),
        };
        tx.insert_scim_token(&token).await.expect("it is written");
        let token_id = format!("tok_{}", &Uuid::new_v4().simple().to_string()[..16]);
        let made = MadeScimToken {
            token_id: token_id.parse().expect("an id"),
            secret_hash: vec![0; 32],
            last_four: "abcd".into(),
            scopes: None,
            valid_until: None,
        };
        tx.fill_scim_token(token.id, &made)
            .await
            .expect("it is written");
        tx.commit().await.expect("it is committed");
        token_id
    }
}

/// Open, and begun by the administrator.
fn written_test(organization: &Organization, provider: &IdentityProvider) -> TestLogin {
    TestLogin {
        id: TestLoginId::from(Uuid::now_v7()),
        identity_provider: provider.name.clone(),
        setup: provider.setup,
        started_by: organization.admin.user_id.parse().expect("a user's id"),
        expires_at: Default::default(),
        state: TestLoginState::Open,
        failure: None,
        sealed_code: None,
        claims: None,
        created_at: Default::default(),
    }
}
