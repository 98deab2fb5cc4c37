//! The worker's side of the durable queue: what each kind of job does, and the loop that runs them.

mod catch_up;
mod event_pull;
mod housekeeping;
pub mod kind;
mod run;
mod schedule;
pub mod worker;

pub use worker::{Settings, Worker};
