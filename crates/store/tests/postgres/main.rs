//! The store against a real Postgres, as the roles that serve.
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that fails is a test that fails"
)]

mod fixtures;

mod boot;
mod catalog_lint;
mod migrate;
mod mirror;
mod row_level_security;

mod cancellation;
mod round_trips;
mod transactions;

mod audit_events;
mod conversions;
mod customers;
mod deletions;
mod event_feed;
mod idempotency_keys;
mod individuals;
mod job_queue;
mod memberships;
mod projects;
mod seats;
mod subscriptions;
mod usage_counters;
mod webhook_inbox;
