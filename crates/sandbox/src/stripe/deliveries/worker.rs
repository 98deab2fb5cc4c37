//! The background task: what falls due with time, and the delivery of webhooks.

use std::time::Duration;

use futures::future::join_all;
use reqwest::Client;

use super::super::account::Account;
use super::super::ledger;
use crate::state::State;

/// How long the task sleeps when neither an event nor a jump of the clock wakes it.
const PAUSE: Duration = Duration::from_millis(250);

pub(crate) async fn start(state: State, client: Client) {
    loop {
        // A look first: a change is written to disk.
        let (due, wake) = ledger::read(&state, |account, now| {
            (account.is_anything_due(now), account.deliveries.wake())
        });
        if due {
            deliver_due(&state, &client).await;
            continue;
        }
        tokio::select! {
            () = wake.notified() => {}
            () = state.clock().moved() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn deliver_due(state: &State, client: &Client) {
    let batch = ledger::change(state, |account, now| {
        account.let_time_pass(now);
        account.take_due(now, |kind| state.faults().strike_delivery(kind))
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

impl Account {
    /// Whether something has to happen or to be sent now.
    pub(crate) fn is_anything_due(&self, now: i64) -> bool {
        self.deliveries.has_due(now) || self.is_renewal_due(now) || self.is_session_expired(now)
    }

    /// Renewals, ends and expiries up to `now`, and what is no longer kept.
    fn let_time_pass(&mut self, now: i64) {
        self.run_renewals(now);
        self.expire_sessions(now);
        self.forget_old_events(now);
        self.forget_old_answers(now);
    }
}
