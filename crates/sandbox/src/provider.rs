//! `/idp/NAME`: a customer's identity provider, as a standard OpenID provider (OpenID Connect Core 1.0) with discovery,
//! code and PKCE. It believes whatever is typed, and says of a person what is asked of it: without an address, with an
//! unverified or another one, in groups. Every name is a provider of its own with the same one client.

mod authorize;
mod discovery;
mod grants;
mod token;

use actix_web::{HttpRequest, web};

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
        ))
        .service((authorize::show, authorize::submit))
        .service((token::exchange, token::userinfo));
}

/// The issuer that a provider of this name is, without a slash at its end.
fn issuer(state: &State, http: &HttpRequest, name: &str) -> String {
    format!("{}idp/{name}", state.hosts().of(http))
}
