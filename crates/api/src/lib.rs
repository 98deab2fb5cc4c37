//! The HTTP API, the worker and the commands: the edge where Auth0, Stripe and Postgres meet the rules of `domain`.

pub mod clock;
pub mod config;
pub mod telemetry;

pub mod app;
pub mod audit;
pub mod auth;
mod auth0_event;
pub mod body;
mod client_address;
pub mod dns;
mod documents;
mod etag;
pub mod healthcheck;
pub mod idempotency;
mod leaving;
pub mod metrics;
mod middleware;
pub mod openapi;
pub mod pagination;
pub mod problem;
pub mod routes;
mod sealing;
mod strict_json;
mod unmatched;

pub mod auth0_setup;
pub mod billing;
pub mod billing_operations;
pub mod jobs;
pub mod mail;
pub mod prove;
pub mod server;
pub mod workflows;

#[cfg(feature = "dev")]
pub mod dev;
