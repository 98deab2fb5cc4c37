//! The Management API over HTTP: status codes, error bodies, paging and limits as Auth0 has them.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]

mod access;
mod actions;
mod api;
mod connections;
mod consistency;
mod discovery_domains;
mod event_streams;
mod events;
mod invitations;
mod jobs;
mod limits;
mod log_streams;
mod members;
mod organizations;
mod paging;
mod roles;
mod scim;
mod self_service;
mod tenant;
mod tickets;
mod users;
