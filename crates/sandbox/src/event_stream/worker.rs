//! The background task that delivers, one event at a time.

use std::time::Duration;

use reqwest::{Client, redirect};
use tokio::task::JoinHandle;

use super::delivery::Outgoing;
use crate::state::State;

/// How long the task sleeps when neither an event nor a jump of the clock wakes it.
const PAUSE: Duration = Duration::from_millis(200);

/// How long the receiver may take to answer.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Ends with the runtime that it was started on.
///
/// # Errors
/// The HTTP client could not be set up.
pub(crate) fn start(state: State) -> Result<JoinHandle<()>, reqwest::Error> {
    let client = Client::builder()
        .timeout(TIME_LIMIT)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()?;
    Ok(tokio::spawn(deliver(state, client)))
}

async fn deliver(state: State, client: Client) {
    loop {
        let wake = state.read(|tenant| tenant.event_log.woken());
        let mut woken = std::pin::pin!(wake.notified());
        woken.as_mut().enable();
        // A look first: a change is written to disk.
        let now = state.clock().now();
        if state.read(|tenant| tenant.streams().any(|stream| stream.has_due(now))) {
            deliver_next(&state, &client).await;
            continue;
        }
        tokio::select! {
            () = woken => {}
            () = state.clock().moved() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn deliver_next(state: &State, client: &Client) {
    let now = state.clock().now();
    let next = state.write(|tenant| {
        let fault = |kind: &str| state.faults().strike_delivery(kind);
        let mut due = tenant.streams_mut().filter(|stream| stream.has_due(now));
        due.find_map(|stream| stream.take_due(now, fault))
    });
    let Some(next) = next else { return };
    let (id, number) = (next.stream.clone(), next.number);
    let status = next.send(client).await;
    let now = state.clock().now();
    state.write(|tenant| {
        // It may have been deleted meanwhile.
        if let Some(stream) = tenant.streams_mut().find(|stream| stream.id() == id) {
            stream.record(number, status, now);
        }
    });
}

impl Outgoing {
    async fn send(self, client: &Client) -> Option<u16> {
        let request = client
            .post(&self.destination.url)
            .header("Content-Type", "application/json")
            .header("User-Agent", "auth0-event-streams/1.0")
            .body(self.body.clone());
        match self.destination.prove(request).send().await {
            Ok(response) => Some(response.status().as_u16()),
            Err(error) => {
                tracing::debug!(error = %error.without_url(), "an event was not delivered");
                None
            }
        }
    }
}
