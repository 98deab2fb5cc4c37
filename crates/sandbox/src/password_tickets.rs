//! Links under which somebody chooses a new password: how they are made, and where they lead afterwards.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::ids;
use crate::tenant::Tenant;

/// Five days, also for a lifetime of 0.
const DEFAULT_TTL: i64 = 432_000;

/// Works once, until it expires. Nobody is asked who they are.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PasswordTicket {
    pub(crate) user_id: String,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) mark_email_as_verified: bool,
    pub(crate) include_email: bool,
    pub(crate) client_id: Option<String>,
    pub(crate) organization_id: Option<String>,
    pub(crate) result_url: Option<String>,
}

impl PasswordTicket {
    pub(crate) fn new(user_id: String, ttl: Option<i64>, now: DateTime<Utc>) -> Self {
        let ttl = ttl.filter(|seconds| *seconds > 0).unwrap_or(DEFAULT_TTL);
        Self {
            user_id,
            expires_at: now + TimeDelta::seconds(ttl),
            mark_email_as_verified: false,
            include_email: false,
            client_id: None,
            organization_id: None,
            result_url: None,
        }
    }
}

impl Tenant {
    /// The address of the page; it ends in `#`, as Auth0's do.
    pub(crate) fn issue_password_ticket(&mut self, host: &str, ticket: PasswordTicket) -> String {
        let secret = ids::ticket();
        let address = format!("{host}u/reset-password?ticket={secret}#");
        self.password_tickets.insert(secret, ticket);
        address
    }

    pub(crate) fn password_ticket(
        &self,
        secret: &str,
        now: DateTime<Utc>,
    ) -> Option<&PasswordTicket> {
        let found = self.password_tickets.get(secret);
        found.filter(|ticket| now < ticket.expires_at && self.users.contains_key(&ticket.user_id))
    }

    /// Where the page leads when the password is chosen: what the ticket says, else where the application's logins
    /// begin, with the organization.
    pub(crate) fn after_password(&self, ticket: &PasswordTicket) -> Option<String> {
        let client = ticket
            .client_id
            .as_ref()
            .and_then(|id| self.clients.get(id));
        let login = client.and_then(|client| client.initiate_login_uri.clone());
        let base = ticket.result_url.clone().or(login);
        let base = base.or_else(|| self.settings.default_redirection_uri.clone())?;
        let mut url = Url::parse(&base).ok()?;
        let email = self.users.get(&ticket.user_id)?.email.clone();
        let organization = ticket.organization_id.as_ref();
        let organization = organization.and_then(|id| self.organizations.get(id));
        {
            let mut pairs = url.query_pairs_mut();
            if let Some(email) = email.filter(|_| ticket.include_email) {
                pairs.append_pair("email", &email);
            }
            pairs.append_pair("success", "true");
            pairs.append_pair(
                "message",
                "You can now login to the application with the new password.",
            );
            if let Some(organization) = organization {
                pairs.append_pair("organization_id", &organization.id);
                pairs.append_pair("organization_name", &organization.name);
            }
        }
        Some(url.into())
    }
}
