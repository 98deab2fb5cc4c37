//! The issuer seen from outside: over HTTP, as a browser and as an application.

#![expect(
    clippy::unwrap_used,
    reason = "a harness fails like the tests that use it"
)]

mod applications;
mod blocked;
mod browser;
mod control;
mod home_realms;
mod invitations;
mod journey;
mod keys;
mod organizations;
mod pages;
mod pickers;
mod refresh;
mod restart;
mod saml;
mod silent;
mod tokens;
