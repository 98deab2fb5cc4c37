//! The HTTP API, the worker and the commands: the edge where Auth0, Stripe and Postgres meet the rules of `domain`.

pub mod config;
pub mod clock;
pub mod telemetry;

pub mod app;
pub mod routes;
pub mod auth;
pub mod body;
mod audit;
pub mod idempotency;
pub mod pagination;
pub mod problem;
pub mod openapi;
mod middleware;
mod strict_json;
mod unmatched;

pub mod billing;
pub mod workflows;
pub mod jobs;
pub mod server;

#[cfg(feature = "dev")]
pub mod dev;
