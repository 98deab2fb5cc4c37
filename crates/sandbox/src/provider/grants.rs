//! Codes and access tokens that are good for a short while. They are forgotten with the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids;
use crate::tenant::Metadata;

const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// What a person has agreed to.
#[derive(Clone)]
pub(crate) struct Grant {
    /// The provider's name.
    pub(super) provider: String,
    pub(super) redirect_uri: String,
    pub(super) code_challenge: Option<String>,
    pub(super) nonce: Option<String>,
    /// What the provider says of them, `sub` included.
    pub(super) claims: Metadata,
    pub(super) expires_at: DateTime<Utc>,
}

impl Grant {
    pub(super) fn new(
        provider: String,
        redirect_uri: String,
        claims: Metadata,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            provider,
            redirect_uri,
            code_challenge: None,
            nonce: None,
            claims,
            expires_at: now + LIFETIME,
        }
    }
}

#[derive(Default)]
pub(crate) struct Grants(Mutex<BTreeMap<String, Grant>>);

impl Grants {
    /// Answers the value that stands for it.
    pub(super) fn keep(&self, grant: Grant) -> String {
        let value = ids::opaque();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(value.clone(), grant);
        value
    }

    /// Once only.
    pub(super) fn take(&self, value: &str, now: DateTime<Utc>) -> Option<Grant> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, grant| grant.expires_at > now);
        kept.remove(value)
    }

    pub(super) fn find(&self, value: &str, now: DateTime<Utc>) -> Option<Grant> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = kept.get(value).cloned();
        grant.filter(|grant| grant.expires_at > now)
    }
}
