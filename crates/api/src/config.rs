//! Everything that the environment decides, read once into typed groups. Nothing else reads a variable.
//!
//! Each field names its variable. An empty variable counts as unset. A secret may lie in a file instead, whose path is in
//! the variable with `_FILE` after its name. Errors name the variable, never its value.

mod auth0;
mod auth0_setup;
mod database;
mod dns;
mod http;
mod log;
mod mail;
mod reader;
mod stripe;
mod worker;

pub use auth0::{Auth0, ManagementCredentials};
pub use auth0_setup::{Brand, LogStream, Setup};
pub(crate) use auth0_setup::{DATABASE, OWN_SECRETS, own_secrets};
pub use database::Database;
pub use dns::Dns;
pub use http::Http;
pub use log::{Log, LogFormat};
pub use mail::Mail;
pub use reader::ConfigError;
pub use stripe::{Stripe, StripeAccount};

use std::net::SocketAddr;

use domain::{DisplayName, OrganizationId};
use secrecy::{ExposeSecret, SecretString};

use crate::jobs;
use crate::pagination::CursorKey;
use crate::sealing::SealingKey;
use reader::Reader;

/// In this environment nothing may be unencrypted or a test account.
pub const PRODUCTION: &str = "production";

/// The identifier of this API in Auth0 unless it is told another.
const DEFAULT_AUDIENCE: &str = "https://api.tenantry.dev";

/// `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ENVIRONMENT`: 1 to 32 of `a-z 0-9 -`, default `development`. Part of the marker in Auth0, so two environments
    /// that share an Auth0 tenant do not touch each other's organizations. `production` allows nothing unencrypted.
    pub environment: String,
    /// `SERVICE_NAME`: what invitations of the back office say they come from, default `Tenantry`.
    pub service_name: DisplayName,
    pub http: Http,
    /// `METRICS_ADDRESS`: where Prometheus reads what is counted, an address and a port of its own; none when it is not
    /// set.
    pub metrics_address: Option<SocketAddr>,
    pub database: Database,
    pub dns: Dns,
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
    /// `TRIAL_PER_DOMAIN`: whether colleagues have one trial together, default false.
    pub trial_per_domain: bool,
    /// `CURSOR_KEY`: at least 32 characters; seals the cursors of lists.
    pub cursor_key: CursorKey,
    /// `SECRETS_KEY`: at least 32 characters, the same for `serve` and `work`; seals customers' secrets on their way to
    /// Auth0.
    pub secrets_key: SealingKey,
    /// `IDENTITY_PROVIDER_ORIGINS`: comma-separated origins on this machine that documents of identity providers may be
    /// fetched from as well, default none; never in production.
    pub identity_provider_origins: Vec<String>,
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
        let environment = environment(&Reader::new(lookup, true))?;
        let environment = environment.unwrap_or_else(|| "development".into());
        let reader = Reader::new(lookup, environment == PRODUCTION);
        Ok(Self {
            service_name: service_name(&reader)?,
            http: Http::read(&reader)?,
            metrics_address: http::address(&reader, "METRICS_ADDRESS")?,
            database: Database::read(&reader)?,
            dns: Dns::read(&reader)?,
            auth0: Auth0::read(&reader)?,
            stripe: Stripe::read(&reader)?,
            mail: Mail::read(&reader)?,
            community: community(&reader)?,
            claims_namespace: claims_namespace(&reader)?,
            trial_days: reader.number("TRIAL_DAYS", 14, 1..=365)?,
            trial_per_domain: reader.flag("TRIAL_PER_DOMAIN")?,
            cursor_key: CursorKey::new(long_key(&reader, "CURSOR_KEY")?.expose_secret().as_bytes()),
            secrets_key: SealingKey::new(
                long_key(&reader, "SECRETS_KEY")?.expose_secret().as_bytes(),
            ),
            identity_provider_origins: identity_provider_origins(&reader)?,
            log: Log::read(&reader)?,
            worker: worker::read(&reader)?,
            environment,
        })
    }
}

fn environment(reader: &Reader<'_>) -> Result<Option<String>, ConfigError> {
    let environment = reader.optional("ENVIRONMENT");
    if environment.as_deref().is_none_or(is_environment) {
        return Ok(environment);
    }
    let rule = "must be 1 to 32 of a-z, 0-9 and -";
    Err(ConfigError::new("ENVIRONMENT", rule))
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
    let host = url::Url::parse(&namespace).ok();
    let host = host.as_ref().and_then(url::Url::host_str);
    let rule = match host {
        Some(host) if is_auth0s(host) => {
            "must not be an address of Auth0's own, whose claims it drops"
        }
        Some(_) if is_address && !namespace.ends_with('/') => return Ok(namespace),
        Some(_) | None => "must begin https:// and not end in a slash",
    };
    Err(ConfigError::new("CLAIMS_NAMESPACE", rule))
}

/// Auth0, "Create Custom Claims": namespaces that nobody else may use.
fn is_auth0s(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    ["auth0.com", "webtask.io", "webtask.run"]
        .iter()
        .any(|domain| {
            let rest = host.strip_suffix(domain);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
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

fn identity_provider_origins(reader: &Reader<'_>) -> Result<Vec<String>, ConfigError> {
    let variable = "IDENTITY_PROVIDER_ORIGINS";
    let origins = reader.list(variable);
    let is_local = |origin: &String| {
        let url = url::Url::parse(origin).ok();
        url.is_some_and(|url| {
            url.origin().ascii_serialization() == *origin && reader::is_loopback(&url)
        })
    };
    if origins.is_empty() || (!reader.production() && origins.iter().all(is_local)) {
        Ok(origins)
    } else {
        let rule = "must hold origins on this machine, and none in production";
        Err(ConfigError::new(variable, rule))
    }
}

fn long_key(reader: &Reader<'_>, variable: &'static str) -> Result<SecretString, ConfigError> {
    let key = reader.secret(variable)?;
    if key.expose_secret().len() < 32 {
        return Err(ConfigError::new(
            variable,
            "must have at least 32 characters",
        ));
    }
    Ok(key)
}

#[cfg(test)]
mod tests;
