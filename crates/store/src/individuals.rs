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

/// What opening the tenant of a token's person found.
#[derive(Debug)]
pub enum OpenedPerson {
    /// Their account is deleted, or being deleted; the token is from before.
    Closed,
    Open {
        opened: OpenedIndividual,
        /// They had an account before, which was deleted.
        was_here: bool,
    },
}

impl Store {
    /// As [`Store::individual`], for a person as a token that was issued at `issued_at` names them.
    pub async fn person(
        &self,
        person: &Person,
        new: IndividualId,
        (now, issued_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<OpenedPerson, StoreError> {
        let open = self
            .statement(
                "select individual_id, created, was_here, ops.is_blocked($1, $2) as blocked \
                 from app.open_person($1, $2, $3, $4, $5)",
            )
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned())
            .bind(new.as_ref().to_owned())
            .bind(now)
            .bind(issued_at);
        let (open, found) = self.begin(open).await?;
        let Some(found) = found else {
            return Ok(OpenedPerson::Closed);
        };
        let individual: IndividualId = row::parsed(&found, "individual_id")?;
        Ok(OpenedPerson::Open {
            opened: OpenedIndividual {
                tx: open.bound_to(individual.clone().into()),
                individual,
                created: row::value(&found, "created")?,
                blocked: row::value(&found, "blocked")?,
            },
            was_here: row::value(&found, "was_here")?,
        })
    }

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

impl TenantTx {
    /// Whose tenant it is; nobody's for an organization.
    pub async fn person(&mut self) -> Result<Option<Person>, StoreError> {
        let person = self.look_up("select issuer, user_id from ops.person()");
        let Some(found) = self.fetch_optional(person).await? else {
            return Ok(None);
        };
        Ok(Some(Person {
            issuer: row::parsed(&found, "issuer")?,
            user_id: row::parsed(&found, "user_id")?,
        }))
    }
}
