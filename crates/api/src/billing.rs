//! The payment provider: the few Stripe calls that we make, and the proof that a webhook is Stripe's.
//!
//! Written by hand on reqwest: Stripe's objects are read leniently (only the fields that we use), because a typed
//! event library refuses events of any account that is pinned to another API version.

pub mod catalogue_sync;
pub mod client;
pub mod error;
pub mod signature;
pub mod subscriptions;
mod transport;
pub mod wire;

pub use client::Client;
pub use error::Error;
