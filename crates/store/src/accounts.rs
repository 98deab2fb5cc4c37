//! Whether Auth0 has blocked somebody's account. It counts in every tenant, so it is kept once for each person.

use chrono::{DateTime, Utc};
use domain::{Issuer, Person, UserId};

use crate::{Store, StoreError, TenantTx, row};

/// Role Worker.
impl Store {
    pub async fn is_blocked(&self, person: &Person) -> Result<bool, StoreError> {
        let blocked = self
            .statement("select ops.is_blocked($1, $2) as blocked")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned());
        row::value(&self.fetch_one(blocked).await?, "blocked")
    }

    /// Whether they have ever used the product or belong to an organization.
    pub async fn is_customer(&self, person: &Person) -> Result<bool, StoreError> {
        let known = self
            .statement("select ops.is_customer($1, $2) as known")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned());
        row::value(&self.fetch_one(known).await?, "known")
    }

    /// Counts from the next request on. What Auth0 had at an earlier time than what is known is left out.
    pub async fn note_account(
        &self,
        person: &Person,
        blocked: bool,
        as_of: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let note = self
            .statement("select ops.note_account($1, $2, $3, $4)")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned())
            .bind(blocked)
            .bind(as_of);
        self.fetch_one(note).await?;
        Ok(())
    }

    pub async fn blocked_accounts(&self, issuer: &Issuer) -> Result<Vec<UserId>, StoreError> {
        let blocked = self
            .statement("select user_id from ops.blocked_accounts($1) as user_id")
            .bind(issuer.as_ref().to_owned());
        let blocked = self.fetch_all(blocked).await?;
        blocked
            .iter()
            .map(|found| row::parsed(found, "user_id"))
            .collect()
    }
}

impl TenantTx {
    /// Whether a member is blocked, if that is news to this organization. Role Worker.
    pub async fn tell_blocked(&mut self, person: &Person) -> Result<Option<bool>, StoreError> {
        let tell = self
            .look_up("select ops.tell_blocked($1, $2) as blocked")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned());
        row::value(&self.fetch_one(tell).await?, "blocked")
    }
}
