//! The background task: what falls due with time, and the delivery of webhooks.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use reqwest::Client;
use tokio::sync::Notify;

use super::super::ledger;
use crate::state::State;

/// How long the task sleeps when nothing wakes it; the sandbox clock may jump at any time.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) async fn start(state: State, client: Client) {
    loop {
        // Cheap look first: a change is written to disk.
        let (due, wake) = ledger::read(&state, |account, now| {
            (account.is_anything_due(now), account.wake())
        });
        if due {
            deliver_due(&state, &client).await;
        } else {
            wait(&wake).await;
        }
    }
}

async fn wait(wake: &Arc<Notify>) {
    tokio::select! {
        () = wake.notified() => {}
        () = tokio::time::sleep(PAUSE) => {}
    }
}

async fn deliver_due(state: &State, client: &Client) {
    let batch = ledger::change(state, |account, now| {
        account.let_time_pass(now);
        account.take_due(now)
    });
    let sent = batch
        .into_iter()
        .map(|(number, outgoing)| async move { (number, outgoing.send(client).await) });
    let outcomes = join_all(sent).await;
    if !outcomes.is_empty() {
        ledger::change(state, |account, now| {
            for (number, status) in outcomes {
                account.record(number, status, now);
            }
        });
    }
}
