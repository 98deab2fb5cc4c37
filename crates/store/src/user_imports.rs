//! Users that the back office brings into an organization, and what became of each.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use domain::import::UserOutcome;
use domain::invitation::InviteeEmail;
use domain::{ImportId, Role, UserId};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::memberships::texts;
use crate::{Listed, Page, StoreError, TenantTx, row};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserImport {
    pub id: ImportId,
    /// Name of the database connection that they log in with.
    pub connection: String,
    pub client_id: String,
    pub request_id: Option<String>,
    pub created_at: DateTime<Utc>,
    pub done_at: Option<DateTime<Utc>>,
}

/// One user of an import.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// From 0, in the order of the request.
    pub number: u32,
    /// Also the id at Auth0 of whoever is new there, and the mark on whoever is not.
    pub row_id: Uuid,
    pub email: InviteeEmail,
    pub name: Option<String>,
    pub roles: Vec<Role>,
    pub external_id: Option<String>,
    /// Until Auth0 has it.
    pub password_hash: Option<String>,
    /// The job at Auth0 that this row is part of.
    pub auth0_job: Option<String>,
    pub outcome: UserOutcome,
    pub why: Option<String>,
    pub user_id: Option<UserId>,
}

/// Without the hash of the password.
impl fmt::Debug for UserRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRow")
            .field("number", &self.number)
            .field("row_id", &self.row_id)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

macro_rules! rows {
    ($rest:literal) => {
        concat!(
            "select number, row_id, email, name, roles, external_id, password_hash, auth0_job, outcome, why, user_id \
             from app.user_import_rows where org_id = $1 and import_id = $2 ",
            $rest
        )
    };
}

impl TenantTx {
    pub async fn insert_user_import(
        &mut self,
        import: &UserImport,
        rows: &[UserRow],
    ) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.user_imports (org_id, id, connection, client_id, request_id, created_at) \
                 values ($1, $2, $3, $4, $5, $6)",
            )
            .bind(import.id.as_uuid())
            .bind(import.connection.clone())
            .bind(import.client_id.clone())
            .bind(import.request_id.clone())
            .bind(import.created_at);
        self.execute(insert).await?;
        for row in rows {
            let insert = self
                .statement(
                    "insert into app.user_import_rows (org_id, import_id, number, row_id, email, name, roles, \
                     external_id, password_hash, outcome) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                )
                .bind(import.id.as_uuid())
                .bind(i64::from(row.number))
                .bind(row.row_id)
                .bind(row.email.as_ref().to_owned())
                .bind(row.name.clone())
                .bind(texts(&row.roles))
                .bind(row.external_id.clone())
                .bind(row.password_hash.clone())
                .bind(row.outcome.as_str());
            self.execute(insert).await?;
        }
        Ok(())
    }

    pub async fn user_import(&mut self, id: ImportId) -> Result<Option<UserImport>, StoreError> {
        let import = self
            .statement(
                "select id, connection, client_id, request_id, created_at, done_at from app.user_imports \
                 where org_id = $1 and id = $2",
            )
            .bind(id.as_uuid());
        self.fetch_optional(import)
            .await?
            .as_ref()
            .map(import_from)
            .transpose()
    }

    /// Those that something has still to be done for, in their order.
    pub async fn waiting_user_rows(
        &mut self,
        id: ImportId,
        limit: u32,
    ) -> Result<Vec<UserRow>, StoreError> {
        let waiting = self
            .statement(rows!(
                "and outcome in ('pending', 'stored') order by number limit $3"
            ))
            .bind(id.as_uuid())
            .bind(i64::from(limit));
        let waiting = self.fetch_all(waiting).await?;
        waiting.iter().map(row_from).collect()
    }

    pub async fn user_rows(
        &mut self,
        id: ImportId,
        page: &Page<u32>,
    ) -> Result<Listed<UserRow>, StoreError> {
        let rows = self
            .statement(rows!("and number > $3 order by number limit $4"))
            .bind(id.as_uuid())
            .bind(page.after.map_or(-1, i64::from))
            .bind(page.probe_limit());
        let found = self.fetch_all(rows).await?;
        let rows = found.iter().map(row_from).collect::<Result<_, _>>()?;
        Ok(Listed::cut(rows, page.limit))
    }

    /// Notes the job at Auth0 that has these rows; None when Auth0 knows it no more.
    pub async fn note_user_job(
        &mut self,
        id: ImportId,
        numbers: &[u32],
        job: Option<&str>,
    ) -> Result<(), StoreError> {
        let numbers: Vec<i32> = numbers
            .iter()
            .map(|number| i32::try_from(*number).unwrap_or(i32::MAX))
            .collect();
        let note = self
            .statement(
                "update app.user_import_rows set auth0_job = $4 \
                 where org_id = $1 and import_id = $2 and number = any($3)",
            )
            .bind(id.as_uuid())
            .bind(numbers)
            .bind(job.map(str::to_owned));
        self.execute(note).await?;
        Ok(())
    }

    /// Saves what became of the row and forgets the hash of its password.
    pub async fn settle_user_row(&mut self, id: ImportId, row: &UserRow) -> Result<(), StoreError> {
        let settle = self
            .statement(
                "update app.user_import_rows set outcome = $4, why = $5, user_id = $6, password_hash = null \
                 where org_id = $1 and import_id = $2 and number = $3",
            )
            .bind(id.as_uuid())
            .bind(i64::from(row.number))
            .bind(row.outcome.as_str())
            .bind(row.why.clone())
            .bind(row.user_id.as_ref().map(ToString::to_string));
        self.execute(settle).await?;
        Ok(())
    }

    pub async fn finish_user_import(
        &mut self,
        id: ImportId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let finish = self
            .statement("update app.user_imports set done_at = $3 where org_id = $1 and id = $2")
            .bind(id.as_uuid())
            .bind(at);
        self.execute(finish).await?;
        Ok(())
    }

    pub async fn user_import_counts(
        &mut self,
        id: ImportId,
    ) -> Result<BTreeMap<UserOutcome, u32>, StoreError> {
        let counts = self
            .statement(
                "select outcome, count(*)::integer as users from app.user_import_rows \
                 where org_id = $1 and import_id = $2 group by outcome",
            )
            .bind(id.as_uuid());
        let counts = self.fetch_all(counts).await?;
        counts
            .iter()
            .map(|found| Ok((row::parsed(found, "outcome")?, row::count(found, "users")?)))
            .collect()
    }
}

fn import_from(found: &PgRow) -> Result<UserImport, StoreError> {
    Ok(UserImport {
        id: row::value::<Uuid>(found, "id")?.into(),
        connection: row::value(found, "connection")?,
        client_id: row::value(found, "client_id")?,
        request_id: row::value(found, "request_id")?,
        created_at: row::value(found, "created_at")?,
        done_at: row::value(found, "done_at")?,
    })
}

fn row_from(found: &PgRow) -> Result<UserRow, StoreError> {
    Ok(UserRow {
        number: row::count(found, "number")?,
        row_id: row::value(found, "row_id")?,
        email: row::parsed(found, "email")?,
        name: row::value(found, "name")?,
        roles: row::parsed_list(found, "roles")?,
        external_id: row::value(found, "external_id")?,
        password_hash: row::value(found, "password_hash")?,
        auth0_job: row::value(found, "auth0_job")?,
        outcome: row::parsed(found, "outcome")?,
        why: row::value(found, "why")?,
        user_id: row::parsed_if_any(found, "user_id")?,
    })
}
