//! The Auth0 tenant: whose tokens we accept and how we reach its Management API.

use domain::Issuer;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::{ConfigError, Reader};
use crate::auth::TokenProfile;

/// What every sandbox uses; a deployment that still has it is open to all.
const SANDBOX_SECRET: &str = "tenantry-management-secret";

#[derive(Debug, Clone)]
pub struct Auth0 {
    /// `AUTH0_DOMAIN`: the tenant as a base URL, ends in a slash. Its keys are the only ones.
    pub domain: Url,
    /// `AUTH0_ISSUERS`: comma-separated, compared to the letter, default the domain. The first is what is stored.
    pub issuers: Vec<Issuer>,
    /// `AUTH0_AUDIENCE`: the identifier of this API in Auth0, default `https://api.tenantry.dev`.
    pub audience: String,
    /// `AUTH0_TOKEN_PROFILE`: `rfc9068` (default) or `auth0`, as the API is set in Auth0.
    pub token_profile: TokenProfile,
    /// `AUTH0_MANAGEMENT_CLIENT_ID` and `AUTH0_MANAGEMENT_CLIENT_SECRET`: for `work`.
    pub management: Option<ManagementCredentials>,
    /// `AUTH0_SCIM_CLIENT_ID` and `AUTH0_SCIM_CLIENT_SECRET`: with these `serve` sets provisioning up.
    pub provisioning: Option<ManagementCredentials>,
    /// `AUTH0_CONSOLE_CLIENT_ID`: the application whose login route an invitation leads to, and whose callback its page is, default `tenantry-console`.
    pub console_client_id: String,
    /// `AUTH0_EVENTS_TOKENS`: comma-separated bearer tokens of the event stream, at least 16 characters each; two while
    /// one is being replaced, none where Auth0 sends no events.
    pub event_tokens: Vec<SecretString>,
    /// `AUTH0_EVENTS_PULL`: `true` has the worker pull events from Auth0's Events API, default `false`. Push and pull may
    /// run together: an event counts once.
    pub pull_events: bool,
    /// `AUTH0_ORGANIZATION_CONNECTIONS`: comma-separated names that a new organization gets, at most 10.
    pub organization_connections: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct ManagementCredentials {
    pub client_id: String,
    pub client_secret: SecretString,
}

impl Auth0 {
    /// Under which people are stored.
    pub fn issuer(&self) -> &Issuer {
        self.issuers
            .first()
            .expect("there is one: the domain by default")
    }

    /// # Errors
    /// The Management API's variables are not set.
    pub fn management(&self) -> Result<&ManagementCredentials, ConfigError> {
        self.management
            .as_ref()
            .ok_or_else(|| ConfigError::missing("AUTH0_MANAGEMENT_CLIENT_ID"))
    }

    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let domain = reader.base_url("AUTH0_DOMAIN")?;
        let organization_connections = reader.list("AUTH0_ORGANIZATION_CONNECTIONS");
        // The create call takes no more (Auth0, "Create an organization").
        if organization_connections.len() > 10 {
            return Err(ConfigError::new(
                "AUTH0_ORGANIZATION_CONNECTIONS",
                "must name at most 10 connections",
            ));
        }
        Ok(Self {
            issuers: issuers(reader, &domain)?,
            domain,
            audience: audience(reader)?,
            token_profile: match reader.optional("AUTH0_TOKEN_PROFILE").as_deref() {
                None | Some("rfc9068") => TokenProfile::Rfc9068,
                Some("auth0") => TokenProfile::Auth0,
                Some(_) => {
                    return Err(ConfigError::new(
                        "AUTH0_TOKEN_PROFILE",
                        "must be rfc9068 or auth0",
                    ));
                }
            },
            management: credentials(
                reader,
                "AUTH0_MANAGEMENT_CLIENT_ID",
                "AUTH0_MANAGEMENT_CLIENT_SECRET",
            )?,
            provisioning: credentials(reader, "AUTH0_SCIM_CLIENT_ID", "AUTH0_SCIM_CLIENT_SECRET")?,
            event_tokens: event_tokens(reader)?,
            pull_events: reader.flag("AUTH0_EVENTS_PULL")?,
            console_client_id: reader
                .optional("AUTH0_CONSOLE_CLIENT_ID")
                .unwrap_or_else(|| "tenantry-console".into()),
            organization_connections,
        })
    }
}

fn issuers(reader: &Reader<'_>, domain: &Url) -> Result<Vec<Issuer>, ConfigError> {
    let mut listed = reader.list("AUTH0_ISSUERS");
    if listed.is_empty() {
        listed.push(domain.to_string());
    }
    let invalid = |_| {
        ConfigError::new(
            "AUTH0_ISSUERS",
            "must hold issuers: URLs that end in a slash",
        )
    };
    listed
        .into_iter()
        .map(|text| {
            reader.parse_url("AUTH0_ISSUERS", &text)?;
            Issuer::try_from(text).map_err(invalid)
        })
        .collect()
}

pub(super) fn audience(reader: &Reader<'_>) -> Result<String, ConfigError> {
    let audience = reader.optional("AUTH0_AUDIENCE");
    let audience = audience.unwrap_or_else(|| super::DEFAULT_AUDIENCE.into());
    if audience.trim().is_empty() || audience.trim() != audience {
        let rule = "must be an identifier without spaces around it";
        return Err(ConfigError::new("AUTH0_AUDIENCE", rule));
    }
    Ok(audience)
}

pub(super) fn event_tokens(reader: &Reader<'_>) -> Result<Vec<SecretString>, ConfigError> {
    let tokens = reader.secrets("AUTH0_EVENTS_TOKENS")?;
    if tokens.iter().any(|token| token.expose_secret().len() < 16) {
        return Err(ConfigError::new(
            "AUTH0_EVENTS_TOKENS",
            "must hold tokens of at least 16 characters",
        ));
    }
    Ok(tokens)
}

fn credentials(
    reader: &Reader<'_>,
    id: &'static str,
    secret: &'static str,
) -> Result<Option<ManagementCredentials>, ConfigError> {
    let Some(client_id) = reader.optional(id) else {
        return Ok(None);
    };
    let client_secret = reader.secret(secret)?;
    if reader.production() && client_secret.expose_secret() == SANDBOX_SECRET {
        let rule = "must not be the sandbox's in production";
        return Err(ConfigError::new(secret, rule));
    }
    Ok(Some(ManagementCredentials {
        client_id,
        client_secret,
    }))
}
