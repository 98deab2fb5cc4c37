//! Tenants that are to go: the request, what is taken down when it is due, and the tombstone that is left.

use chrono::{DateTime, Utc};
use domain::{Person, UserId};

use crate::{Store, StoreError, TenantTx, row};

/// A deletion that was requested, and perhaps taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    pub requested_by: String,
    pub requested_at: DateTime<Utc>,
    pub deletes_at: DateTime<Utc>,
    pub restored_at: Option<DateTime<Utc>>,
    /// The subscription was to end before the deletion was requested.
    pub was_ending: bool,
    /// From here on it cannot be taken back.
    pub started_at: Option<DateTime<Utc>>,
}

impl Deletion {
    pub fn is_wanted(&self) -> bool {
        self.restored_at.is_none()
    }
}

/// What the request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeletion {
    pub requested_by: UserId,
    pub requested_at: DateTime<Utc>,
    pub deletes_at: DateTime<Utc>,
    pub was_ending: bool,
}

/// What is left to take away elsewhere, of a tenant that is being erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Of an individual.
    pub person: Option<Person>,
    /// Of an organization that has a user store of its own.
    pub connection_name: Option<String>,
    /// Customers, checkout sessions and subscriptions.
    pub stripe_ids: Vec<String>,
}

/// Whether somebody has, or had, an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The token is from before their account was deleted, or that is just happening.
    pub is_closed: bool,
    pub was_here: bool,
}

impl TenantTx {
    pub async fn deletion(&mut self) -> Result<Option<Deletion>, StoreError> {
        let deletion = self.look_up(
            "select requested_by, requested_at, deletes_at, restored_at, was_ending, started_at from ops.deletion()",
        );
        let Some(found) = self.fetch_optional(deletion).await? else {
            return Ok(None);
        };
        Ok(Some(Deletion {
            requested_by: row::value(&found, "requested_by")?,
            requested_at: row::value(&found, "requested_at")?,
            deletes_at: row::value(&found, "deletes_at")?,
            restored_at: row::value(&found, "restored_at")?,
            was_ending: row::value(&found, "was_ending")?,
            started_at: row::value(&found, "started_at")?,
        }))
    }

    /// False when one was requested already. Role Api.
    pub async fn request_deletion(&mut self, new: &NewDeletion) -> Result<bool, StoreError> {
        let request = self
            .look_up("select ops.request_deletion($1, $2, $3, $4) as requested")
            .bind(new.requested_by.as_ref().to_owned())
            .bind(new.requested_at)
            .bind(new.deletes_at)
            .bind(new.was_ending);
        row::value(&self.fetch_one(request).await?, "requested")
    }

    /// Takes the request back; false when there is none, or its time has come. Role Api.
    pub async fn restore_tenant(&mut self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let restore = self
            .look_up("select ops.restore_tenant($1) as restored")
            .bind(now);
        row::value(&self.fetch_one(restore).await?, "restored")
    }

    /// Closes the account of the person whose own tenant this is: due at once, and refused from the commit on. Role Api.
    pub async fn close_person(
        &mut self,
        person: &Person,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let close = self
            .look_up("select ops.close_person($1, $2, $3)")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned())
            .bind(now);
        self.execute(close).await?;
        Ok(())
    }

    /// The point of no return, and queues the job `erasure` of no tenant. False unless it is due. Role Worker.
    pub async fn begin_erasure(
        &mut self,
        now: DateTime<Utc>,
        connection_name: Option<&str>,
    ) -> Result<bool, StoreError> {
        let begin = self
            .look_up("select ops.begin_erasure($1, $2) as begun")
            .bind(now)
            .bind(connection_name.map(str::to_owned));
        row::value(&self.fetch_one(begin).await?, "begun")
    }

    /// Deletes at most `rows` rows of this tenant, wherever they are; 0 when nothing is left. [`StoreError::Tenant`]
    /// unless its erasure has begun. Role Worker.
    pub async fn erase_rows(&mut self, rows: i32) -> Result<u64, StoreError> {
        let erase = self
            .look_up("select ops.erase_tenant($1) as erased")
            .bind(rows);
        let erased: i64 = row::value(&self.fetch_one(erase).await?, "erased")?;
        Ok(erased.unsigned_abs())
    }

    /// None unless it has begun and is not finished. Role Worker.
    pub async fn erasure(&mut self) -> Result<Option<Erasure>, StoreError> {
        let erasure =
            self.look_up("select issuer, user_id, connection_name, stripe_ids from ops.erasure()");
        let Some(found) = self.fetch_optional(erasure).await? else {
            return Ok(None);
        };
        let issuer = row::parsed_if_any(&found, "issuer")?;
        let user_id = row::parsed_if_any(&found, "user_id")?;
        Ok(Some(Erasure {
            person: issuer
                .zip(user_id)
                .map(|(issuer, user_id)| Person { issuer, user_id }),
            connection_name: row::value(&found, "connection_name")?,
            stripe_ids: row::value(&found, "stripe_ids")?,
        }))
    }

    /// Leaves the tombstone and frees the name. Role Worker.
    pub async fn finish_erasure(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let finish = self.look_up("select ops.finish_erasure($1)").bind(now);
        self.execute(finish).await?;
        Ok(())
    }
}

impl Store {
    pub async fn standing(
        &self,
        person: &Person,
        issued_at: DateTime<Utc>,
    ) -> Result<Standing, StoreError> {
        let standing = self
            .statement("select is_closed, was_here from ops.standing($1, $2, $3)")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned())
            .bind(issued_at);
        let found = self.fetch_one(standing).await?;
        Ok(Standing {
            is_closed: row::value(&found, "is_closed")?,
            was_here: row::value(&found, "was_here")?,
        })
    }

    /// Whether a Stripe object was one of a tenant that is erased. Role Worker.
    pub async fn was_erased(&self, stripe_id: &str) -> Result<bool, StoreError> {
        let erased = self
            .statement("select ops.was_erased($1) as erased")
            .bind(stripe_id.to_owned());
        row::value(&self.fetch_one(erased).await?, "erased")
    }
}
