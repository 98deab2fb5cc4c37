//! What `tenantry tenant` needs, which runs before there is anything else.

use domain::{Color, DisplayName, LogoUrl};
use secrecy::SecretString;
use url::Url;

use super::reader::{self, ConfigError, Reader};
use super::{auth0, claims_namespace, environment, http, long_key, service_name};

/// The one that every tenant begins with.
pub(crate) const DATABASE: &str = "Username-Password-Authentication";

/// Secrets of the product that nobody gives it: they are made up.
pub(crate) const OWN_SECRETS: [&str; 3] = ["AUTH0_EVENTS_TOKENS", "CURSOR_KEY", "SECRETS_KEY"];

#[derive(Debug, Clone)]
pub struct Setup {
    /// `AUTH0_DOMAIN`
    pub domain: Url,
    /// `AUTH0_SETUP_CLIENT_ID` and `AUTH0_SETUP_CLIENT_SECRET`: a machine application that may use the Management API.
    /// The product itself never sees it.
    pub client_id: String,
    pub client_secret: SecretString,
    /// `PUBLIC_URL`
    pub public_url: Url,
    /// `APP_LOGIN_URL`
    pub app_login_url: Url,
    /// `CORS_ALLOWED_ORIGINS`
    pub cors_allowed_origins: Vec<String>,
    /// `ENVIRONMENT`: what the product is to be told that it is.
    pub environment: Option<String>,
    /// `AUTH0_AUDIENCE`
    pub audience: String,
    /// `SERVICE_NAME`
    pub service_name: DisplayName,
    /// `CLAIMS_NAMESPACE`
    pub claims_namespace: String,
    /// `TRIAL_DAYS`
    pub trial_days: u32,
    /// `AUTH0_ORGANIZATION_CONNECTIONS`, default the database that every tenant begins with.
    pub organization_connections: Vec<String>,
    pub brand: Brand,
    /// None where the tenant's log goes nowhere but to its own pages.
    pub log_stream: Option<LogStream>,
    /// `AUTH0_EVENTS_TOKENS`, `CURSOR_KEY`, `SECRETS_KEY`: those of them that are kept somewhere else than in the file
    /// that `apply` writes.
    pub own_secrets: Vec<(&'static str, SecretString)>,
}

/// What is not set stays as it is in the tenant.
#[derive(Debug, Clone, Default)]
pub struct Brand {
    /// `BRAND_LOGO_URL`
    pub logo_url: Option<LogoUrl>,
    /// `BRAND_COLOR`: of buttons and links, `#RRGGBB`.
    pub color: Option<Color>,
    /// `BRAND_BACKGROUND_COLOR`: of the pages, `#RRGGBB`.
    pub background_color: Option<Color>,
}

/// Who collects the tenant's log.
#[derive(Debug, Clone)]
pub struct LogStream {
    /// `AUTH0_LOG_STREAM_URL`
    pub url: Url,
    /// `AUTH0_LOG_STREAM_AUTHORIZATION`: the header that it is sent with.
    pub authorization: Option<SecretString>,
}

impl Setup {
    /// # Errors
    /// The first variable that is missing or not acceptable.
    pub fn from_process() -> Result<Self, ConfigError> {
        Self::from_env(&reader::process)
    }

    /// # Errors
    /// The first variable that is missing or not acceptable.
    pub fn from_env(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let reader = Reader::new(lookup, false);
        own_secrets(lookup)?;
        let mut organization_connections = reader.list("AUTH0_ORGANIZATION_CONNECTIONS");
        if organization_connections.is_empty() {
            organization_connections.push(DATABASE.to_owned());
        }
        Ok(Self {
            domain: reader.base_url("AUTH0_DOMAIN")?,
            client_id: reader.required("AUTH0_SETUP_CLIENT_ID")?,
            client_secret: reader.secret("AUTH0_SETUP_CLIENT_SECRET")?,
            public_url: reader.base_url("PUBLIC_URL")?,
            app_login_url: reader.url("APP_LOGIN_URL")?,
            cors_allowed_origins: http::origins(&reader)?,
            environment: environment(&reader)?,
            audience: auth0::audience(&reader)?,
            service_name: service_name(&reader)?,
            claims_namespace: claims_namespace(&reader)?,
            trial_days: reader.number("TRIAL_DAYS", 14, 1..=365)?,
            organization_connections,
            brand: Brand::read(&reader)?,
            log_stream: LogStream::read(&reader)?,
            own_secrets: given(&reader)?,
        })
    }
}

impl Brand {
    fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            logo_url: parsed(reader, "BRAND_LOGO_URL")?,
            color: parsed(reader, "BRAND_COLOR")?,
            background_color: parsed(reader, "BRAND_BACKGROUND_COLOR")?,
        })
    }
}

impl LogStream {
    fn read(reader: &Reader<'_>) -> Result<Option<Self>, ConfigError> {
        let Some(url) = reader.optional("AUTH0_LOG_STREAM_URL") else {
            return Ok(None);
        };
        Ok(Some(Self {
            url: reader.parse_url("AUTH0_LOG_STREAM_URL", &url)?,
            authorization: reader.optional_secret("AUTH0_LOG_STREAM_AUTHORIZATION")?,
        }))
    }
}

/// By the rules by which `serve` and `work` take them.
///
/// # Errors
/// The first of [`OWN_SECRETS`] that they would refuse.
pub(crate) fn own_secrets(lookup: &dyn Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
    let reader = Reader::new(lookup, false);
    auth0::event_tokens(&reader)?;
    for key in ["CURSOR_KEY", "SECRETS_KEY"] {
        if reader.optional_secret(key)?.is_some() {
            long_key(&reader, key)?;
        }
    }
    Ok(())
}

fn given(reader: &Reader<'_>) -> Result<Vec<(&'static str, SecretString)>, ConfigError> {
    let mut given = Vec::new();
    for name in OWN_SECRETS {
        given.extend(reader.optional_secret(name)?.map(|secret| (name, secret)));
    }
    Ok(given)
}

fn parsed<T: TryFrom<String>>(
    reader: &Reader<'_>,
    variable: &'static str,
) -> Result<Option<T>, ConfigError>
where
    T::Error: std::fmt::Display,
{
    let text = reader.optional(variable).map(T::try_from).transpose();
    text.map_err(|refusal| ConfigError::new(variable, format!("is refused: {refusal}")))
}
