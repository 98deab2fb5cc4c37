//! People: they sign up and log in through the pages, as a browser would.

use api::dev::demo::{Person as Visitor, Provider, World, log_in};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Link, TestApp};

pub const PASSWORD: &str = "Correct-horse-1";

pub struct Person {
    pub email: String,
    /// The `sub` of their tokens.
    pub user_id: String,
    /// Of a login without an organization.
    pub token: String,
    /// The claims of the ID token of their first login.
    pub id_token: Value,
    visitor: Visitor,
}

/// What one login gave.
pub struct Login {
    pub token: String,
    pub access: Value,
    pub id_token: Value,
}

impl TestApp {
    /// A new person with a name of their own; their first login starts the trial.
    pub async fn visitor(&self) -> Person {
        let email = format!("visitor-{}@example.com", Uuid::new_v4().simple());
        let mut visitor = Visitor::new(&email, PASSWORD).expect("a browser");
        let tokens = log_in(&self.world(), &mut visitor, &[("screen_hint", "signup")]).await;
        let tokens = tokens.expect("they can sign up");
        let user_id = tokens.access["sub"].as_str().expect("a subject").to_owned();
        Person {
            email,
            user_id,
            token: tokens.access_token,
            id_token: tokens.identity,
            visitor,
        }
    }

    /// A fresh login in a browser of their own, without or in an organization.
    ///
    /// # Errors
    /// What the login pages or the redirect said.
    pub async fn log_in(
        &self,
        person: &Person,
        organization: Option<&str>,
    ) -> Result<Login, String> {
        self.log_in_as(&person.email, organization).await
    }

    /// The same for whoever has this address and everybody's password.
    ///
    /// # Errors
    /// What the login pages or the redirect said.
    pub async fn log_in_as(
        &self,
        email: &str,
        organization: Option<&str>,
    ) -> Result<Login, String> {
        let mut visitor = Visitor::new(email, PASSWORD).map_err(|failure| failure.to_string())?;
        let extra: Vec<_> = organization
            .map(|id| ("organization", id))
            .into_iter()
            .collect();
        match log_in(&self.world(), &mut visitor, &extra).await {
            Ok(tokens) => Ok(Login {
                token: tokens.access_token,
                access: tokens.access,
                id_token: tokens.identity,
            }),
            Err(failure) => Err(failure.to_string()),
        }
    }

    /// A fresh login with everybody's password, or through a provider, with these parameters of `/authorize` on top.
    ///
    /// # Errors
    /// What the login pages or the redirect said.
    pub async fn log_in_by(
        &self,
        email: &str,
        provider: Option<Provider>,
        extra: &[(&str, &str)],
    ) -> Result<Login, String> {
        let mut visitor = Visitor::new(email, PASSWORD).map_err(|failure| failure.to_string())?;
        visitor.provider = provider;
        let tokens = log_in(&self.world(), &mut visitor, extra).await;
        let tokens = tokens.map_err(|failure| failure.to_string())?;
        Ok(Login {
            token: tokens.access_token,
            access: tokens.access,
            id_token: tokens.identity,
        })
    }

    /// New tokens of the login that this person's browser has already, without a page.
    pub async fn renew(&self, person: &mut Person) -> Login {
        let tokens = log_in(&self.world(), &mut person.visitor, &[("prompt", "none")]).await;
        let tokens = tokens.expect("the session goes on");
        Login {
            token: tokens.access_token,
            access: tokens.access,
            id_token: tokens.identity,
        }
    }

    /// Opens an invitation's link in the browser in which this person is signed in.
    ///
    /// # Errors
    /// What the pages or the redirect said.
    pub async fn open_as(&self, person: &mut Person, link: &Link) -> Result<Login, String> {
        let extra = [
            ("invitation", link.ticket.as_str()),
            ("organization", link.organization.as_str()),
        ];
        match log_in(&self.world(), &mut person.visitor, &extra).await {
            Ok(tokens) => Ok(Login {
                token: tokens.access_token,
                access: tokens.access,
                id_token: tokens.identity,
            }),
            Err(failure) => Err(failure.to_string()),
        }
    }

    /// A user as the tenant's administration makes them, with a body of its own choice.
    pub async fn create_user(&self, body: &Value) {
        let created = self.call_auth0(Method::POST, "users", Some(body)).await;
        created.assert_status(201);
    }

    /// A call of the Management API that the client has no name for.
    pub async fn call_auth0(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let audience = format!("{}api/v2/", self.sandbox.base_url());
        let grant = json!({
            "grant_type": "client_credentials", "audience": audience,
            "client_id": "tenantry-management", "client_secret": "tenantry-management-secret",
        });
        let token = self.sandbox_request(Method::POST, "oauth/token");
        let token = self.send(token.json(&grant)).await.json();
        let token = token["access_token"].as_str().expect("a token").to_owned();
        let path = format!("api/v2/{}", path.replace('|', "%7C"));
        let call = self.sandbox_request(method, &path).bearer_auth(token);
        let call = match body {
            Some(body) => call.json(body),
            None => call,
        };
        self.send(call).await
    }

    /// A fresh login in an organization through the connection of this name.
    ///
    /// # Errors
    /// What the login pages or the redirect said.
    pub async fn log_in_through(
        &self,
        email: &str,
        organization: &str,
        connection: &str,
    ) -> Result<Login, String> {
        let mut visitor = Visitor::new(email, PASSWORD).map_err(|failure| failure.to_string())?;
        let extra = [("organization", organization), ("connection", connection)];
        let tokens = log_in(&self.world(), &mut visitor, &extra).await;
        let tokens = tokens.map_err(|failure| failure.to_string())?;
        Ok(Login {
            token: tokens.access_token,
            access: tokens.access,
            id_token: tokens.identity,
        })
    }

    pub(crate) fn world(&self) -> World {
        let api = format!("{}/", self.url).parse().expect("a URL");
        let world = World::new(api, self.sandbox.base_url().parse().expect("a URL"));
        let world = world.expect("an HTTP client");
        match self.variables.get("AUTH0_CONSOLE_CLIENT_ID") {
            Some(client_id) => world.with_client(client_id),
            None => world,
        }
    }
}

impl Person {
    /// Pays on the hosted page that a checkout answered with.
    pub async fn pay(&mut self, app: &TestApp, checkout_url: &str) {
        self.pay_with(app, checkout_url, "4242 4242 4242 4242")
            .await;
    }

    /// The same with another of Stripe's test cards.
    pub async fn pay_with(&mut self, app: &TestApp, checkout_url: &str, card: &str) {
        let back = app.url.as_str();
        let page = self
            .visitor
            .browser
            .open(checkout_url.parse().expect("a URL"), back)
            .await
            .expect("the page");
        self.visitor
            .browser
            .fill_in(&page, &[("card", card)], back)
            .await
            .expect("it is paid");
    }
}
