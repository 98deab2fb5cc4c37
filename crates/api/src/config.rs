//! Everything that the environment decides, read once into typed groups. Nothing else reads a variable.
//!
//! Each field names its variable. An empty variable counts as unset. Errors name the variable, never its value.

mod auth0;
mod database;
mod http;
mod log;
mod mail;
mod reader;
mod stripe;
mod worker;

pub use auth0::{Auth0, ManagementCredentials};
pub use database::Database;
pub use http::Http;
pub use log::{Log, LogFormat};
pub use mail::Mail;
pub use reader::ConfigError;
pub use stripe::{Stripe, StripeAccount};

use domain::{DisplayName, OrganizationId};

use crate::jobs;
use crate::pagination::CursorKey;
use reader::Reader;

/// In this environment nothing may be unencrypted or a test account.
pub const PRODUCTION: &str = "production";

/// `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ENVIRONMENT`: 1 to 32 of `a-z 0-9 -`, default `development`. Part of the marker in Auth0, so two environments
    /// that share an Auth0 tenant do not touch each other's organizations. `production` allows nothing unencrypted.
    pub environment: String,
    /// `SERVICE_NAME`: what invitations of the back office say they come from, default `Tenantry`.
    pub service_name: DisplayName,
    pub http: Http,
    pub database: Database,
    pub auth0: Auth0,
    pub stripe: Stripe,
    /// None where no mail is sent.
    pub mail: Option<Mail>,
    /// `COMMUNITY_ORGANIZATION_ID`: the organization that individuals invite friends into; none when it is not set.
    pub community: Option<OrganizationId>,
    /// `CLAIMS_NAMESPACE`: where our claims are in an access token, default `https://tenantry.dev`.
    pub claims_namespace: String,
    /// `TRIAL_DAYS`: 1 to 365, default 14.
    pub trial_days: u32,
    /// `CURSOR_KEY`: at least 32 characters; seals the cursors of lists.
    pub cursor_key: CursorKey,
    pub log: Log,
    pub worker: jobs::Settings,
}

impl Config {
    /// # Errors
    /// The first variable that is missing or not acceptable.
    pub fn from_process() -> Result<Self, ConfigError> {
        Self::from_env(&reader::process)
    }

    /// # Errors
    /// The first variable that is missing or not acceptable.
    pub fn from_env(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let environment = Reader::new(lookup, true)
            .optional("ENVIRONMENT")
            .unwrap_or_else(|| "development".into());
        if !is_environment(&environment) {
            return Err(ConfigError::new(
                "ENVIRONMENT",
                "must be 1 to 32 of a-z, 0-9 and -",
            ));
        }
        let reader = Reader::new(lookup, environment == PRODUCTION);
        Ok(Self {
            service_name: service_name(&reader)?,
            http: Http::read(&reader)?,
            database: Database::read(&reader)?,
            auth0: Auth0::read(&reader)?,
            stripe: Stripe::read(&reader)?,
            mail: Mail::read(&reader)?,
            community: community(&reader)?,
            claims_namespace: claims_namespace(&reader)?,
            trial_days: reader.number("TRIAL_DAYS", 14, 1..=365)?,
            cursor_key: cursor_key(&reader)?,
            log: Log::read(&reader)?,
            worker: worker::read(&reader)?,
            environment,
        })
    }
}

fn is_environment(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(allowed)
}

/// Auth0 drops a claim silently when it is not in a namespace, and never fetches the address.
fn claims_namespace(reader: &Reader<'_>) -> Result<String, ConfigError> {
    let namespace = reader
        .optional("CLAIMS_NAMESPACE")
        .unwrap_or_else(|| "https://tenantry.dev".into());
    let is_address = namespace.starts_with("https://") || namespace.starts_with("http://");
    if is_address && !namespace.ends_with('/') {
        Ok(namespace)
    } else {
        Err(ConfigError::new(
            "CLAIMS_NAMESPACE",
            "must begin https:// and not end in a slash",
        ))
    }
}

/// A template of an e-mail must not find one of its own marks in it.
fn service_name(reader: &Reader<'_>) -> Result<DisplayName, ConfigError> {
    let name = reader
        .optional("SERVICE_NAME")
        .unwrap_or_else(|| "Tenantry".into());
    let readable = !name.contains(['{', '}']);
    DisplayName::try_from(name)
        .ok()
        .filter(|_| readable)
        .ok_or_else(|| {
            ConfigError::new(
                "SERVICE_NAME",
                "must be 1 to 64 readable characters without braces",
            )
        })
}

fn community(reader: &Reader<'_>) -> Result<Option<OrganizationId>, ConfigError> {
    let variable = "COMMUNITY_ORGANIZATION_ID";
    let id = reader.optional(variable).map(|id| id.parse()).transpose();
    id.map_err(|_| ConfigError::new(variable, "must be an organization's id at Auth0: org_…"))
}

fn cursor_key(reader: &Reader<'_>) -> Result<CursorKey, ConfigError> {
    let key = reader.required("CURSOR_KEY")?;
    if key.len() < 32 {
        return Err(ConfigError::new(
            "CURSOR_KEY",
            "must have at least 32 characters",
        ));
    }
    Ok(CursorKey::new(key.as_bytes()))
}

#[cfg(test)]
mod tests;
