//! The client: cheap to clone, one family of calls per resource.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use url::Url;

use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::http::Http;
use crate::token::Tokens;
use crate::{
    Configuration, Connections, Events, Groups, Jobs, Logs, Organizations, Roles,
    SelfServiceProfiles, Users,
};

/// Auth0 keeps no more of a correlation id.
const MAX_CORRELATION_ID: usize = 64;

/// Calls the Management API of one tenant. Clones share connections and the access token.
///
/// GET and DELETE are repeated at most twice, a moment later, after a 5xx or a broken connection; POST and PATCH only
/// when they cannot have left this machine. A timeout, a 429 or a `Retry-After` is left to the caller: see
/// [`Error::class`](crate::Error::class).
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) correlation_id: Option<HeaderValue>,
}

pub(crate) struct Shared {
    pub(crate) http: Http,
    pub(crate) api: Url,
    pub(crate) tokens: Tokens,
    pub(crate) retry_delay: Duration,
    client_id: String,
}

impl Client {
    /// Checks the configuration; sends nothing.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        config.check()?;
        let below = |path| {
            config
                .base_url
                .join(path)
                .map_err(|_| ConfigError::NotARoot)
        };
        let api = below("api/v2/")?;
        let shared = Shared {
            http: Http::new(config)?,
            tokens: Tokens::new(config, below("oauth/token")?, &api),
            api,
            retry_delay: config.retry_delay,
            client_id: config.client_id.clone(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            correlation_id: None,
        })
    }

    /// The same client, sending `X-Correlation-ID`, which Auth0's tenant log shows as `references.correlation_id`.
    /// Only the first 64 visible ASCII characters are sent.
    #[must_use]
    pub fn with_correlation_id(&self, id: &str) -> Self {
        let visible = id.chars().filter(char::is_ascii_graphic);
        let id: String = visible.take(MAX_CORRELATION_ID).collect();
        Self {
            correlation_id: HeaderValue::try_from(id).ok().filter(|id| !id.is_empty()),
            ..self.clone()
        }
    }

    /// Organizations, their members, invitations, connections and domains.
    pub fn organizations(&self) -> Organizations<'_> {
        Organizations(self)
    }

    /// The tenant's roles.
    pub fn roles(&self) -> Roles<'_> {
        Roles(self)
    }

    /// Accounts.
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }

    /// Groups of customers' directories.
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }

    /// The tenant's log.
    pub fn logs(&self) -> Logs<'_> {
        Logs(self)
    }

    /// Connections, and how they are provisioned by SCIM.
    pub fn connections(&self) -> Connections<'_> {
        Connections(self)
    }

    /// What happens in the tenant, as it happens.
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }

    /// Bulk imports of users.
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs(self)
    }

    /// Single sign-on that a customer sets up with Auth0's own assistant.
    pub fn self_service_profiles(&self) -> SelfServiceProfiles<'_> {
        SelfServiceProfiles(self)
    }

    /// The scopes that this application has been granted, as its token says; `None` where Auth0 does not say.
    pub async fn granted_scopes(&self) -> Result<Option<Vec<String>>, Error> {
        let token = self.shared.tokens.token(&self.shared.http, None).await?;
        Ok(token.scopes().map(<[String]>::to_vec))
    }

    /// The tenant's configuration as documents, for whoever manages it as code.
    pub fn configuration(&self) -> Configuration<'_> {
        Configuration(self)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("api", &self.shared.api.as_str())
            .field("client_id", &self.shared.client_id)
            .finish_non_exhaustive()
    }
}
