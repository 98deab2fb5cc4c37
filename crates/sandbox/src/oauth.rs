//! The machine's side of the issuer: discovery, keys, tokens, `/userinfo`, revocation, logout.

mod change_password;
mod client;
mod discovery;
mod error;
mod fields;
mod logout;
mod revoke;
mod token;
mod userinfo;

use actix_web::web;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .service((discovery::configuration, discovery::keys))
        .service(token::exchange)
        .service(revoke::revoke)
        .service(change_password::mail)
        .service((userinfo::show, userinfo::show_posted))
        .service((logout::v2, logout::oidc));
}
