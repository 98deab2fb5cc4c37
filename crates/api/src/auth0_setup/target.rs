//! Which tenant, and what the product that uses it is called and reached by.

use domain::DisplayName;
use management::Config;
use secrecy::SecretString;
use url::{Host, Url};

use crate::config::{Brand, ConfigError, LogStream, PRODUCTION, Setup};

/// The address that is the Login URI of invitations and a callback at once.
const LANDING: &str = "invitation";
/// Where a login comes back that tries an identity provider out.
const TEST_LOGIN: &str = "identity-provider-test";
const EVENTS: &str = "webhooks/auth0/events";

#[derive(Debug, Clone)]
pub struct Target {
    domain: Url,
    client_id: String,
    client_secret: SecretString,
    pub(super) public_url: Url,
    pub(super) app_url: Url,
    pub(super) origins: Vec<String>,
    environment: Option<String>,
    pub(super) audience: String,
    pub(super) service_name: DisplayName,
    pub(super) claims_namespace: String,
    pub(super) trial_days: u32,
    /// Through which new organizations log in.
    pub(super) connections: Vec<String>,
    pub(super) brand: Brand,
    pub(super) log_stream: Option<LogStream>,
    pub(super) own_secrets: Vec<(&'static str, SecretString)>,
}

impl Target {
    /// # Errors
    /// The first variable that is missing or not acceptable.
    pub fn from_process() -> Result<Self, ConfigError> {
        Ok(Self::from(Setup::from_process()?))
    }

    pub(super) fn management(&self) -> Config {
        Config::new(
            self.domain.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
    }

    pub(super) fn domain(&self) -> &str {
        self.domain.as_str()
    }

    /// The identifier of the tenant's own Management API.
    pub(super) fn management_audience(&self) -> String {
        format!("{}api/v2/", self.domain)
    }

    /// As Auth0's own package for Node takes it: a host; of the sandbox, which is no host of Auth0's, the whole address.
    pub(super) fn actions_domain(&self) -> String {
        match (self.domain.scheme(), self.domain.host_str()) {
            ("https", Some(host)) if host != "localhost" => host.to_owned(),
            _ => self.domain.to_string(),
        }
    }

    /// What the product's own is called: what was asked for, else what it was called before, else production; nothing
    /// where it runs on this machine.
    pub(super) fn environment(&self, before: Option<&str>) -> Option<String> {
        let known = self.environment.as_deref().or(before);
        let real = (!self.is_local()).then_some(PRODUCTION);
        known.or(real).map(str::to_owned)
    }

    pub(super) fn landing(&self) -> String {
        self.below(LANDING)
    }

    pub(super) fn test_login(&self) -> String {
        self.below(TEST_LOGIN)
    }

    pub(super) fn events_url(&self) -> String {
        self.below(EVENTS)
    }

    fn below(&self, path: &str) -> String {
        let base = self.public_url.as_str();
        format!("{}/{path}", base.trim_end_matches('/'))
    }

    /// The application's pages, to which a login and a logout may return.
    pub(super) fn app_addresses(&self) -> [String; 2] {
        let origin = self.app_url.origin().ascii_serialization();
        [format!("{origin}/"), format!("{origin}/callback")]
    }

    /// What browsers of the application call from.
    pub(super) fn web_origins(&self) -> Vec<String> {
        let own = self.app_url.origin().ascii_serialization();
        let mut origins = self.origins.clone();
        if !origins.contains(&own) {
            origins.push(own);
        }
        origins
    }

    /// Why Auth0 would refuse the landing as a Login URI (Auth0, "Configure Default Login Routes").
    pub(super) fn unfit_login_uri(&self) -> bool {
        // The sandbox on this machine takes it with a warning.
        let real = self.domain.scheme() == "https" && self.domain.host_str() != Some("localhost");
        real && (self.is_local() || self.public_url.scheme() != "https")
    }

    fn is_local(&self) -> bool {
        match self.public_url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => true,
        }
    }
}

impl From<Setup> for Target {
    fn from(setup: Setup) -> Self {
        Self {
            domain: setup.domain,
            client_id: setup.client_id,
            client_secret: setup.client_secret,
            public_url: setup.public_url,
            app_url: setup.app_login_url,
            origins: setup.cors_allowed_origins,
            environment: setup.environment,
            audience: setup.audience,
            service_name: setup.service_name,
            claims_namespace: setup.claims_namespace,
            trial_days: setup.trial_days,
            connections: setup.organization_connections,
            brand: setup.brand,
            log_stream: setup.log_stream,
            own_secrets: setup.own_secrets,
        }
    }
}
