//! Self-service single sign-on: `/api/v2/self-service-profiles`, following
//! [Self-Service Profiles](https://auth0.com/docs/api/management/v2/self-service-profiles).

use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;

use futures::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::decode::or_default;
use crate::error::Error;
use crate::page;
use crate::request::Request;

/// What the assistant offers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SelfServiceProfile {
    /// `ssp_` and letters or digits.
    pub id: String,
    /// 1 to 100 characters; not unique.
    pub name: String,
    /// None at all means all.
    #[serde(default, deserialize_with = "or_default")]
    pub allowed_strategies: Vec<String>,
}

/// What `POST /self-service-profiles/{id}/sso-ticket` takes for a connection that is to be made or edited.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewSsoTicket {
    /// A new connection; without it, `connection_id` is edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_config: Option<TicketConnection>,
    /// The connection that is edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// Ids of the applications that will offer the connection.
    pub enabled_clients: Vec<String>,
    /// The organizations whose members log in through it.
    pub enabled_organizations: Vec<TicketOrganization>,
    /// Seconds, at most 432 000.
    pub ttl_sec: u32,
}

/// What the connection will be, whatever its administrator chooses.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TicketConnection {
    /// Of the connection; never changes.
    pub name: String,
    /// What the login page calls it.
    pub display_name: String,
    /// At most 10 entries.
    pub metadata: BTreeMap<String, String>,
}

/// How the connection is enabled for an organization.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TicketOrganization {
    /// `org_` and 16 letters or digits.
    pub organization_id: String,
    /// Whoever logs in through it becomes a member.
    pub assign_membership_on_login: bool,
    /// Whether the login page offers it.
    pub show_as_button: bool,
}

/// The address of the assistant. Whoever has it sets the connection up, so it is a secret; Auth0 tells it once.
#[derive(Clone)]
pub struct SsoTicket {
    url: SecretString,
}

#[derive(Deserialize)]
struct TicketAnswer {
    ticket: String,
}

/// Calls below `/self-service-profiles`, following [Self-Service Profiles](https://auth0.com/docs/api/management/v2/self-service-profiles).
#[derive(Clone, Copy)]
pub struct SelfServiceProfiles<'a>(pub(crate) &'a Client);

impl SelfServiceProfiles<'_> {
    /// The first profile of exactly this name, scope `read:self_service_profiles`. Names are not unique at Auth0.
    pub async fn by_name(self, name: &str) -> Result<Option<SelfServiceProfile>, Error> {
        let all = Request::get("self-service-profiles", &[]);
        page::by_offset(self.0, all, "self_service_profiles")
            .try_filter(|profile: &SelfServiceProfile| ready(profile.name == name))
            .try_next()
            .await
    }

    /// `POST /self-service-profiles`, scope `create:self_service_profiles`; at most 20 in a tenant.
    pub async fn create(self, name: &str) -> Result<SelfServiceProfile, Error> {
        let request = Request::post("self-service-profiles", &[])?;
        let body = serde_json::json!({ "name": name });
        self.0.fetch(&request.body(&body)).await
    }

    /// `POST /self-service-profiles/{id}/sso-ticket`, scope `create:sso_access_tickets`. After an error of class Retry
    /// there may be a ticket that nobody knows the address of; it expires.
    pub async fn create_ticket(
        self,
        profile: &str,
        new: &NewSsoTicket,
    ) -> Result<SsoTicket, Error> {
        let request = Request::post("self-service-profiles/{}/sso-ticket", &[profile])?;
        let answer: TicketAnswer = self.0.fetch(&request.body(new)).await?;
        Ok(SsoTicket {
            url: answer.ticket.into(),
        })
    }

    /// `POST /self-service-profiles/{id}/sso-ticket/{ticket}/revoke`, scope `delete:sso_access_tickets`. Auth0 takes the
    /// order (202). One that is gone, with its profile or by itself, is not an error.
    pub async fn revoke_ticket(self, profile: &str, ticket: &SsoTicket) -> Result<(), Error> {
        let Some(id) = ticket.id() else {
            return Ok(());
        };
        let route = "self-service-profiles/{}/sso-ticket/{}/revoke";
        let request = Request::post(route, &[profile, &id])?;
        match self.0.order(&request).await {
            Err(Error::Refused { status: 404, .. }) => Ok(()),
            result => result,
        }
    }
}

impl SsoTicket {
    /// One whose address was kept.
    pub fn at(url: SecretString) -> Self {
        Self { url }
    }

    /// The address of the assistant.
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// By which it is revoked: a part of the address, and as secret.
    fn id(&self) -> Option<String> {
        let url = url::Url::parse(self.url.expose_secret()).ok()?;
        let mut pairs = url.query_pairs();
        let (_, id) = pairs.find(|(name, _)| name == "ticket")?;
        Some(id.into_owned())
    }
}

impl fmt::Debug for SsoTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SsoTicket([redacted])")
    }
}
