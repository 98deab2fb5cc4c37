//! The base URLs this sandbox is reached through. As with Auth0's custom domains, each is an issuer of its own.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header;

/// Every URL ends in a slash.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    /// `http://localhost:PORT/`
    pub(crate) http: String,
    /// `https://localhost:PORT/`
    pub(crate) https: Option<String>,
}

impl Hosts {
    /// The base URL that a request came through; the issuer of every token it is answered with. A `Host` header that
    /// names no loopback host counts as the plain one, so that no page elsewhere can make itself an issuer.
    pub(crate) fn of(&self, request: &HttpRequest) -> String {
        let secure = request.app_config().secure();
        let own = if secure {
            self.https.as_ref().unwrap_or(&self.http)
        } else {
            &self.http
        };
        let Some(host) = request
            .headers()
            .get(header::HOST)
            .and_then(|value| value.to_str().ok())
        else {
            return own.clone();
        };
        let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
        let loopback =
            matches!(name, "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost");
        if !loopback {
            return own.clone();
        }
        format!("{}://{host}/", if secure { "https" } else { "http" })
    }

    /// The Management API's identifier in this tenant, whichever host it is called through.
    pub(crate) fn management_audience(&self) -> String {
        format!("{}api/v2/", self.http)
    }

    /// An API's identifier as it is kept: the Management API has a name for each host, and is one API.
    pub(crate) fn kept(&self, identifier: String, request: &HttpRequest) -> String {
        if self.is_management_audience(&identifier, request) {
            self.management_audience()
        } else {
            identifier
        }
    }

    /// And as it is shown: the Management API by the name of the host that was asked.
    pub(crate) fn shown<'a>(&self, identifier: &'a str, request: &HttpRequest) -> Cow<'a, str> {
        if identifier == self.management_audience() {
            Cow::Owned(format!("{}api/v2/", self.of(request)))
        } else {
            Cow::Borrowed(identifier)
        }
    }

    /// Whether an audience is the Management API, under any of the names it goes by.
    pub(crate) fn is_management_audience(&self, audience: &str, request: &HttpRequest) -> bool {
        audience.strip_suffix("api/v2/").is_some_and(|host| {
            host == self.http || self.https.as_deref() == Some(host) || host == self.of(request)
        })
    }
}
