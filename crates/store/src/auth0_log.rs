//! How far Auth0's log was read.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::Issuer;

use crate::{Store, StoreError, row};

/// Where the reading of the log goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPlace {
    /// The last entry that was read; none while there was nothing to read.
    pub log_id: Option<String>,
}

impl Store {
    /// None before the first reading. Role Worker.
    pub async fn auth0_log_place(&self, issuer: &Issuer) -> Result<Option<LogPlace>, StoreError> {
        let place = self
            .statement("select log_id from ops.auth0_log($1)")
            .bind(issuer.as_ref().to_owned());
        let place = self.fetch_optional(place).await?;
        place
            .map(|found| {
                Ok(LogPlace {
                    log_id: row::value(&found, "log_id")?,
                })
            })
            .transpose()
    }

    /// The log was read at `now` up to here. Role Worker.
    pub async fn note_auth0_log(
        &self,
        issuer: &Issuer,
        place: &LogPlace,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let note = self
            .statement("select ops.note_auth0_log($1, $2, $3)")
            .bind(issuer.as_ref().to_owned())
            .bind(place.log_id.clone())
            .bind(now);
        self.fetch_one(note).await?;
        Ok(())
    }

    /// Has the log read soon, `pause` after the last reading at the earliest, however often this is called. Role Api.
    pub async fn hint_auth0_log(
        &self,
        issuer: &Issuer,
        pause: Duration,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let hint = self
            .statement("select ops.hint_auth0_log($1, make_interval(secs => $2), $3)")
            .bind(issuer.as_ref().to_owned())
            .bind(pause.as_secs_f64())
            .bind(now);
        self.fetch_one(hint).await?;
        Ok(())
    }
}
