//! What a client needs to know about one Auth0 tenant.

use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

/// One Auth0 tenant and the machine-to-machine application this process is in it.
///
/// The application needs a client grant for the Management API; a call outside the granted scopes is
/// [`Error::Refused`](crate::Error::Refused) with code `insufficient_scope`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The tenant's root, for example `https://acme.eu.auth0.com/`. Its path ends in `/`. Plain `http` is accepted
    /// for a loopback host only.
    pub base_url: Url,
    /// The audience to ask a token for; `None` is the tenant's own `{base_url}api/v2/`. With a custom domain in
    /// `base_url` this must be set: Auth0 keeps the canonical domain in this identifier.
    pub audience: Option<String>,
    /// Of the machine-to-machine application.
    pub client_id: String,
    /// Is sent to `{base_url}oauth/token` alone, and is in no `Debug` output, error or log line.
    pub client_secret: SecretString,
    /// The longest one exchange may take, from connecting to the last byte. 5 s unless set.
    pub timeout: Duration,
    /// The pause before the first repetition inside a call; the second is twice as long, both vary by half. 200 ms
    /// unless set.
    pub retry_delay: Duration,
}

impl Config {
    /// With the defaults; [`Client::new`](crate::Client::new) checks it.
    pub fn new(
        base_url: Url,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            base_url,
            audience: None,
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            timeout: Duration::from_secs(5),
            retry_delay: Duration::from_millis(200),
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let url = &self.base_url;
        let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
        if !secure {
            return Err(ConfigError::InsecureBaseUrl);
        }
        let bare = url.path().ends_with('/')
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if bare {
            Ok(())
        } else {
            Err(ConfigError::NotARoot)
        }
    }
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Why no client can be made from a [`Config`].
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It would be sent in clear over a network.
    #[error("the base URL must be https, or http on a loopback host")]
    InsecureBaseUrl,
    /// It is not the root of a tenant.
    #[error("the base URL must end in / and have no query, fragment or credentials")]
    NotARoot,
    /// The TLS of this machine cannot be used.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str) -> Result<(), ConfigError> {
        Config::new(Url::parse(url).unwrap(), "id", "secret").check()
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(checked("https://acme.eu.auth0.com").is_ok());
        assert!(checked("http://localhost:4400/").is_ok());
        assert!(checked("http://127.0.0.1:4400/").is_ok());
        assert!(checked("http://[::1]:4400/").is_ok());
        for insecure in [
            "http://acme.eu.auth0.com/",
            "http://localhost.example/",
            "ftp://localhost/",
        ] {
            assert!(
                matches!(checked(insecure), Err(ConfigError::InsecureBaseUrl)),
                "{insecure}"
            );
        }
    }

    #[test]
    fn the_base_is_a_bare_root() {
        for url in [
            "https://a.b/api",
            "https://a.b/?x=1",
            "https://a.b/#x",
            "https://me:pw@a.b/",
        ] {
            assert!(matches!(checked(url), Err(ConfigError::NotARoot)), "{url}");
        }
    }
}
