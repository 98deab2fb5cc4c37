//! `Idempotency-Key`: the first answer to a key is kept for 24 hours and given again to the same request.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::Account;
use super::error::StripeError;

const KEPT_FOR: i64 = 24 * 3600;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// Method, path and parameters in canonical form.
    request: String,
    pub(crate) request_id: String,
    pub(crate) body: Value,
    #[serde(default = "ok")]
    pub(crate) status: u16,
    at: i64,
}

fn ok() -> u16 {
    200
}

/// What is kept of an answer.
pub(crate) struct Kept<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) status: u16,
    pub(crate) body: &'a Value,
}

impl Account {
    /// The answer that the key has already had.
    pub(crate) fn answered(
        &self,
        key: &str,
        request: &str,
        now: i64,
    ) -> Result<Option<&Answered>, StripeError> {
        match self
            .answered
            .get(key)
            .filter(|answered| answered.at + KEPT_FOR > now)
        {
            Some(answered) if answered.request == request => Ok(Some(answered)),
            Some(_) => Err(StripeError::idempotency(key)),
            None => Ok(None),
        }
    }

    /// Successes are kept, and what a card's issuer refused; nothing else, as Stripe keeps no answer to parameters that
    /// fail validation.
    pub(crate) fn keep_answer(&mut self, key: &str, request: String, kept: &Kept<'_>, now: i64) {
        let answered = Answered {
            request,
            request_id: kept.request_id.to_owned(),
            body: kept.body.clone(),
            status: kept.status,
            at: now,
        };
        self.answered.insert(key.to_owned(), answered);
    }

    pub(crate) fn forget_old_answers(&mut self, now: i64) {
        self.answered
            .retain(|_, answered| answered.at + KEPT_FOR > now);
    }
}
