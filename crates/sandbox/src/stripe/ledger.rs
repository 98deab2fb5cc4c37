//! The way from the sandbox's state to the billing account inside it.

use super::account::Account;
use crate::state::State;

/// `now` is in Unix seconds on the sandbox clock.
pub(crate) fn read<T>(state: &State, look: impl FnOnce(&Account, i64) -> T) -> T {
    let now = state.clock().now().timestamp();
    state.read(|tenant| look(&tenant.stripe, now))
}

pub(crate) fn change<T>(state: &State, change: impl FnOnce(&mut Account, i64) -> T) -> T {
    let target = state.stripe_webhook();
    let now = state.clock().now().timestamp();
    state.write(|tenant| {
        let account = &mut tenant.stripe;
        if let Some(target) = &target {
            account.deliveries.follow(target);
        }
        change(account, now)
    })
}
