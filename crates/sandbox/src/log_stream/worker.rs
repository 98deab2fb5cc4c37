//! The background task that delivers, one batch at a time.

use std::time::Duration;

use reqwest::{Client, redirect};
use tokio::task::JoinHandle;

use super::delivery::Batch;
use crate::state::State;

/// How often the task looks when no jump of the clock wakes it; entries of that time go out together.
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
        // A look first: a change is written to disk.
        let waits = state.read(|tenant| !tenant.log_streams.is_empty());
        if waits && deliver_next(&state, &client).await {
            continue;
        }
        tokio::select! {
            () = state.clock().moved() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// False when there was nothing to deliver.
async fn deliver_next(state: &State, client: &Client) -> bool {
    let now = state.clock().now();
    let next = state.write(|tenant| {
        let log = &tenant.log;
        let mut streams = tenant.log_streams.values_mut();
        streams.find_map(|stream| stream.next_batch(log, now))
    });
    let Some(batch) = next else { return false };
    let is_taken = batch.send(client).await;
    let now = state.clock().now();
    state.write(|tenant| {
        // It may have been deleted meanwhile.
        if let Some(stream) = tenant.log_streams.get_mut(&batch.stream) {
            stream.record(&batch, is_taken, now);
        }
    });
    true
}

impl Batch {
    async fn send(&self, client: &Client) -> bool {
        let sink = &self.sink;
        let content_type = sink
            .http_content_type
            .as_deref()
            .unwrap_or("application/json");
        let mut request = client
            .post(&sink.http_endpoint)
            .header("Content-Type", content_type)
            .header("User-Agent", "auth0-log-streams/1.0")
            .body(self.body.clone());
        if let Some(authorization) = &sink.http_authorization {
            request = request.header("Authorization", authorization);
        }
        for custom in &sink.http_custom_headers {
            request = request.header(&custom.header, &custom.value);
        }
        match request.send().await {
            Ok(response) => response.status().is_success(),
            Err(error) => {
                tracing::debug!(error = %error.without_url(), "a batch of logs was not delivered");
                false
            }
        }
    }
}
