//! The product seen from outside: a database, a sandbox, the API and a worker of its own for each test, all real.

mod answer;
mod app;
pub mod contract;
mod disturbance;
mod domains;
mod identity_provider;
mod invitations;
mod line;
mod organization;
mod person;
mod platform;
pub mod process;
mod raw;
mod rows;
mod schema;
mod second_factor;
mod webhook;

pub use answer::Answer;
pub use app::{EVENTS_TOKEN, Options, PROVISIONING, TestApp, WEBHOOK_SECRET, WORKER};
pub use domains::Domain;
pub use identity_provider::connection_options;
pub use invitations::{Link, issues};
pub use line::Line;
pub use organization::{Buyer, Organization, nobodys_individual, nobodys_organization};
pub use person::{Login, PASSWORD, Person};
pub use second_factor::{SecondFactor, claims_of};
pub use webhook::stripe_signature;

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// Waits until `ask` finds something, looking again and again; no test waits for a fixed time.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "this never came: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
