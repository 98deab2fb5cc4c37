//! The configuration of `dev`, written as the variables that a deployment would set.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use store::{DatabaseRole, DatabaseUrl, RolePasswords, StoreError, role_url};

use super::DevArgs;
use super::data::Secrets;
use crate::config::{Config, ConfigError};

/// The only one that the billing stand-in takes.
pub(super) const STRIPE_SECRET_KEY: &str = "sk_test_tenantry";

/// The stand-in for customers' identity providers is at the same place as the one for Auth0.
fn identity_origins(issuers: &[String]) -> String {
    let origins = issuers.iter().map(|issuer| issuer.trim_end_matches('/'));
    origins.collect::<Vec<_>>().join(",")
}

pub(super) struct Variables(BTreeMap<&'static str, String>);

impl Variables {
    pub(super) fn new(args: &DevArgs, secrets: &Secrets, issuers: &[String]) -> Self {
        let api = format!("http://localhost:{}/", args.port);
        let identity = issuers.first().cloned().unwrap_or_default();
        Self(BTreeMap::from([
            ("ENVIRONMENT", "dev".to_owned()),
            ("BIND_ADDRESS", format!("127.0.0.1:{}", args.port)),
            ("PUBLIC_URL", api.clone()),
            ("APP_LOGIN_URL", api),
            ("CORS_ALLOWED_ORIGINS", args.app_url.join(",")),
            ("STRIPE_API_URL", format!("{identity}stripe/")),
            ("AUTH0_DOMAIN", identity),
            ("AUTH0_ISSUERS", issuers.join(",")),
            (
                "AUTH0_MANAGEMENT_CLIENT_ID",
                "tenantry-management".to_owned(),
            ),
            (
                "AUTH0_MANAGEMENT_CLIENT_SECRET",
                "tenantry-management-secret".to_owned(),
            ),
            ("AUTH0_SCIM_CLIENT_ID", "tenantry-management".to_owned()),
            (
                "AUTH0_SCIM_CLIENT_SECRET",
                "tenantry-management-secret".to_owned(),
            ),
            (
                "AUTH0_ORGANIZATION_CONNECTIONS",
                "Username-Password-Authentication".to_owned(),
            ),
            ("STRIPE_SECRET_KEY", STRIPE_SECRET_KEY.to_owned()),
            (
                "STRIPE_WEBHOOK_SECRETS",
                secrets.stripe_webhook_secret.clone(),
            ),
            ("AUTH0_EVENTS_TOKENS", secrets.event_stream_token.clone()),
            ("AUTH0_EVENTS_PULL", "true".to_owned()),
            ("CURSOR_KEY", secrets.cursor_key.clone()),
            ("IDENTITY_PROVIDER_ORIGINS", identity_origins(issuers)),
            ("SECRETS_KEY", secrets.secrets_key.clone()),
        ]))
    }

    /// The name server that knows what the sandbox was told.
    pub(super) fn with_name_server(mut self, address: SocketAddr) -> Self {
        self.0.insert("DNS_SERVERS", address.to_string());
        self
    }

    pub(super) fn with_mail(mut self, smtp_url: String) -> Self {
        let from = "Tenantry <no-reply@tenantry.example>".to_owned();
        self.0.extend([("SMTP_URL", smtp_url), ("MAIL_FROM", from)]);
        self
    }

    pub(super) fn with_database(
        mut self,
        url: &DatabaseUrl,
        passwords: &RolePasswords,
    ) -> Result<Self, StoreError> {
        for (variable, role) in [
            ("DATABASE_URL", DatabaseRole::Api),
            ("DATABASE_WORKER_URL", DatabaseRole::Worker),
            ("DATABASE_INBOX_URL", DatabaseRole::Inbox),
            ("DATABASE_PLATFORM_URL", DatabaseRole::Platform),
        ] {
            self.0.insert(
                variable,
                role_url(url, role, passwords)?.expose().to_owned(),
            );
        }
        Ok(self)
    }

    pub(super) fn config(&self) -> Result<Config, ConfigError> {
        Config::from_env(&|name| self.0.get(name).cloned())
    }
}
