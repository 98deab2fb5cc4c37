//! The billing stand-in over HTTP, as a shop sees it.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]

mod api;
mod catalogue;
mod changes;
mod deliveries;
mod pages;
mod payments;
mod portal;
mod receiver;
mod refunds;
mod schedules;
mod shop;
mod subscriptions;
mod webhook_endpoints;
