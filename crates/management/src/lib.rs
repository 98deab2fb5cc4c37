//! A typed client of the [Auth0 Management API v2](https://auth0.com/docs/api/management/v2).
//!
//! It speaks HTTP and JSON, keeps its own access token, and sorts every failure into "try again", "already there" or
//! "will never work". It knows nothing of the product that uses it: ids are Auth0's, as text.

mod config;
mod error;

mod decode;
mod http;
mod rate_limit;
mod retry;

pub use config::{Config, ConfigError};
pub use error::{Class, Error};
