//! The customer's own identity providers: connected, tried out, insisted on, with a way back, and keeping its people.

mod connect;
mod enforce;
mod provision;

use std::io::Write;
use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use super::failure::Failure;
use super::report::Report;
use super::story::{PATIENCE, POLL, Story};
use super::tokens::{Person, Provider, Tokens, log_in};
use super::world::Answer;

/// An identity provider of the organization's.
#[derive(Default)]
struct Connected {
    id: String,
    /// The connection's name at Auth0.
    connection: String,
}

/// What the chapter knows besides the story.
#[derive(Default)]
struct Enterprise {
    oidc: Connected,
    saml: Connected,
    domain: String,
    /// Of a member who has nothing but a password.
    token: String,
}

pub(super) async fn play<W: Write>(
    story: &mut Story,
    report: &mut Report<'_, W>,
) -> Result<(), Failure> {
    let mut ours = Enterprise::default();
    report.step("enterprise", connect::becomes_enterprise(story).await)?;
    let oidc = connect::by_oidc(story, &mut ours).await;
    report.step("single sign-on, OIDC", oidc)?;
    let saml = connect::by_saml(story, &mut ours).await;
    report.step("single sign-on, SAML", saml)?;
    report.step("a domain", connect::domain(story, &mut ours).await)?;
    let invited = enforce::only_by_sso(story, &mut ours).await;
    report.step("invited, by single sign-on only", invited)?;
    let enforced = enforce::enforced(story, &mut ours).await;
    report.step("single sign-on enforced", enforced)?;
    report.step("break-glass", enforce::break_glass(story).await)?;
    report.step("SCIM", provision::comes_and_goes(story, &ours).await)
}

impl Story {
    /// A call below the organization as its administrator.
    async fn administer(
        &self,
        method: Method,
        below: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let token = &self.organization_token;
        self.world
            .call(method, &self.path(below), token, body)
            .await
    }

    /// Reads below the organization until that is so.
    async fn ours_until(
        &self,
        below: &str,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self.ours(below).await?;
            if is_so(&shown) {
                return Ok(shown);
            }
            if Instant::now() > deadline {
                return Err(Failure::unexpected(what, shown));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn insist(&self, sso: &str) -> Result<Answer, Failure> {
        let body = json!({ "members_can_invite": false, "sso": sso });
        self.administer(Method::PUT, "/policies", Some(&body)).await
    }

    /// In the organization, through this identity provider, which calls them so and tells no address.
    async fn through(&self, connection: &str, username: &str) -> Result<Tokens, Failure> {
        let mut person = known_as(connection, username)?;
        let extra = [
            ("organization", self.organization.as_str()),
            ("connection", connection),
        ];
        log_in(&self.world, &mut person, &extra).await
    }
}

/// Whoever a directory calls so; nothing is known of an address.
fn known_as(connection: &str, username: &str) -> Result<Person, Failure> {
    let mut person = Person::new("", "")?;
    person.provider = Some(Provider {
        connection: connection.to_owned(),
        username: username.to_owned(),
        email: String::new(),
    });
    Ok(person)
}

fn text(value: &Value) -> Result<String, Failure> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| Failure::unexpected("a text", value))
}
