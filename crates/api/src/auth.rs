//! Who is calling, in which organization and with which permission: all of it in a handler's signature.
//!
//! [`SignedIn`] knows the person only, [`Me`] also opens the person's own tenant, [`Authorized`] opens an organization's,
//! and [`Inviter`] heeds the organization's policy about who may invite.

mod access_token;
mod authorized;
mod bearer;
mod inviter;
pub mod jwks;
mod me;
pub mod permissions;
mod platform_admin;
mod recent;
pub(crate) mod repair;
pub(crate) mod seen;
mod signed_in;
mod stranger;
#[cfg(test)]
mod testing;
mod verifier;

pub use access_token::{AccessToken, MachineToken, Refused};
pub use authorized::Authorized;
pub(crate) use authorized::{SsoWarning, require_staying};
pub use inviter::Inviter;
pub use me::Me;
pub(crate) use me::open as open_own_tenant;
pub use platform_admin::PlatformAdmin;
pub use recent::Recent;
pub use signed_in::SignedIn;
pub use verifier::{TokenProfile, TokenVerifier, VerifierConfig};
