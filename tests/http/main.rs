//! One binary for all tests of the product: it links once, and every test has its own product.

mod audit_events;
mod boot_refusals;
mod cancellation;
mod conversion_crashes;
mod conversions;
mod deletions;
mod demo;
mod dev_process;
mod half_sent_bodies;
mod house_rules;
mod idempotency;
mod invitations;
mod members;
mod mirror;
mod openapi;
mod organization_settings;
mod payments;
mod problems;
mod projects;
mod seats;
mod signing_keys;
mod tenant_isolation;
mod tenant_roles;
mod tokens;
