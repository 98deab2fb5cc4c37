//! `/idp/NAME`: a customer's identity provider, as a standard OpenID provider (OpenID Connect Core 1.0) with discovery,
//! code and PKCE, and as a SAML one ([`crate::saml`]). It believes whatever is typed, and says of a person what is asked
//! of it: without an address, with an unverified or another one, in groups. Every name is a provider of its own with the
//! same one client.

mod authorize;
mod discovery;
mod grants;
mod person;
mod saml;
mod token;

use actix_web::{HttpRequest, web};
use url::Url;

pub(crate) use grants::Grants;

use crate::state::State;

/// The one client that every provider knows.
pub(crate) const CLIENT_ID: &str = "tenantry";
pub(crate) const CLIENT_SECRET: &str = "secret-of-the-client-at-the-provider";

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .service((
            discovery::configuration,
            discovery::keys,
            discovery::saml_metadata,
            discovery::federation_metadata,
        ))
        .service((authorize::show, authorize::submit))
        .service((saml::show, saml::submit))
        .service((token::exchange, token::userinfo));
}

/// The issuer that a provider of this name is, without a slash at its end.
fn issuer(state: &State, http: &HttpRequest, name: &str) -> String {
    format!("{}idp/{name}", state.hosts().of(http))
}

/// Nobody is sent to an address that could be anybody's: it must be on this machine.
fn is_here(back: &Url) -> bool {
    matches!(back.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}
