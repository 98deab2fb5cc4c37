//! The browser's side of the issuer: `/authorize`, the Universal Login pages, and the way back to the application.

mod authorize;
mod connections;
mod error_page;
mod federation;
mod finish;
mod identifier;
mod identity_provider;
mod invitation;
mod mfa;
mod organization;
mod page;
mod password;
mod refusal;
mod request;
mod reset_password;
mod saml;
mod self_service;
mod sessions;
mod signup;
mod success;
mod transactions;
mod verification;

use actix_web::web;

pub(crate) use error_page::PageError;
pub(crate) use page::{Field, page, respond, wide_page};
pub(crate) use sessions::{current as current_session, end_session};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(authorize::authorize)
        .service((identifier::show, identifier::submit))
        .service((password::show, password::submit))
        .service((signup::show, signup::submit))
        .service((reset_password::show, reset_password::submit))
        .service((
            mfa::show_enrollment,
            mfa::show_challenge,
            mfa::enroll,
            mfa::prove,
        ))
        .service((self_service::show, self_service::submit))
        .service((identity_provider::show, identity_provider::submit))
        .service((federation::callback_page, saml::consume))
        .service((
            invitation::interstitial,
            invitation::show,
            invitation::submit,
        ))
        .service((
            organization::ask,
            organization::answer,
            organization::pick,
            organization::picked,
        ))
        .service(verification::verify);
}
