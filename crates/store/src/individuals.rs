//! Individuals: people who own rows without an organization, each a tenant of their own.

use chrono::{DateTime, Utc};
use domain::{IndividualId, Person};

use crate::{Store, StoreError, TenantTx, row};

/// The tenant of a person, open.
#[derive(Debug)]
pub struct OpenedIndividual {
    pub tx: TenantTx,
    pub individual: IndividualId,
    /// True when this transaction created it; it exists for others once that is committed.
    pub created: bool,
    /// Their account is blocked.
    pub blocked: bool,
}

impl Store {
    /// Opens the person's own tenant; on first sight creates it as `new`. BEGIN and one statement.
    pub async fn individual(
        &self,
        person: &Person,
        new: IndividualId,
        now: DateTime<Utc>,
    ) -> Result<OpenedIndividual, StoreError> {
        let open = self
            .statement(
                "select individual_id, created, ops.is_blocked($1, $2) as blocked \
                 from app.open_individual($1, $2, $3, $4)",
            )
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned())
            .bind(new.as_ref().to_owned())
            .bind(now);
        let (open, found) = self.begin(open).await?;
        let found = found.ok_or(StoreError::Broken(sqlx::Error::RowNotFound))?;
        let individual: IndividualId = row::parsed(&found, "individual_id")?;
        Ok(OpenedIndividual {
            tx: open.bound_to(individual.clone().into()),
            individual,
            created: row::value(&found, "created")?,
            blocked: row::value(&found, "blocked")?,
        })
    }
}
