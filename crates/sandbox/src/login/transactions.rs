//! Logins under way: what `/authorize` was asked, found again by the `state` in a page's address.

use chrono::TimeDelta;
use serde::Deserialize;

use super::error_page::PageError;
use crate::ids;
use crate::state::State;
use crate::tenant::LoginTransaction;

pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// The query of every login page.
#[derive(Deserialize)]
pub(super) struct AtState {
    pub(super) state: String,
}

pub(super) struct Opened {
    pub(super) id: String,
    pub(super) transaction: LoginTransaction,
}

impl Opened {
    /// The address of another page of the same login.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{path}?state={}", self.id)
    }
}

pub(super) fn begin(state: &State, transaction: LoginTransaction) -> Opened {
    let id = ids::opaque();
    let now = state.clock().now();
    state.write(|tenant| {
        tenant
            .transactions
            .retain(|_, transaction| transaction.expires_at > now);
        tenant.transactions.insert(id.clone(), transaction.clone());
    });
    Opened { id, transaction }
}

pub(super) fn open(state: &State, id: &str) -> Result<Opened, PageError> {
    let now = state.clock().now();
    state
        .read(|tenant| tenant.transactions.get(id).cloned())
        .filter(|transaction| transaction.expires_at > now)
        .map(|transaction| Opened {
            id: id.to_owned(),
            transaction,
        })
        .ok_or(PageError::UnknownTransaction)
}

/// As [`open`], for a submitted form: it must carry the secret that the page put into it.
pub(super) fn open_form(state: &State, id: &str, csrf: &str) -> Result<Opened, PageError> {
    let opened = open(state, id)?;
    if opened.transaction.csrf == csrf {
        Ok(opened)
    } else {
        Err(PageError::ForgedForm)
    }
}

pub(super) fn save(state: &State, opened: &Opened) {
    state.write(|tenant| {
        tenant
            .transactions
            .insert(opened.id.clone(), opened.transaction.clone())
    });
}

pub(super) fn end(state: &State, opened: &Opened) {
    state.write(|tenant| tenant.transactions.remove(&opened.id));
}
