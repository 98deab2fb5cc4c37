//! The client against a scripted tenant on the loopback: what it sends, and what it makes of every kind of answer.

#![cfg(test)]

mod scripted;

mod failures;
mod faults;
mod invitations;
mod listings;
mod logs;
mod members;
mod organizations;
mod repetitions;
mod resources;
mod scim;
mod secrets;
mod self_service_profiles;
mod token;
