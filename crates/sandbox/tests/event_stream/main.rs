//! The tenant's event stream: what is told, to whom, how often, and when it gives up.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]

mod events;
mod listener;
mod patience;
