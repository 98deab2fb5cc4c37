//! A transaction bound to one tenant: the only way to a tenant table.

use std::fmt;
use std::net::IpAddr;

use domain::{OrganizationId, TenantId};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Transaction};

use crate::pool::Statement;
use crate::shield::Shield;
use crate::{NewCustomer, Store, StoreError, row};

/// Owns its connection. Dropped, it is rolled back; only [`TenantTx::commit`] keeps what it did.
pub struct TenantTx {
    tenant: TenantId,
    client_address: Option<IpAddr>,
    open: OpenTx,
}

/// A begun transaction without a tenant: it can run one statement, the one that binds it.
pub(crate) struct OpenTx {
    tx: Transaction<'static, Postgres>,
    persistent: bool,
    shield: Shield,
    /// True from the start of a statement until its answer: what failed or was abandoned cannot be committed.
    unsettled: bool,
}

/// What changed hands when an individual's payment became an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedIndividual {
    pub projects: u64,
    pub stripe_objects: u64,
}

impl Store {
    /// Begins a transaction for a tenant that is already proved to be the caller's: a claimed job's, a conversion's.
    pub async fn tenant(&self, tenant: &TenantId) -> Result<TenantTx, StoreError> {
        let bind = self
            .statement("select app.set_org($1)")
            .bind(tenant.as_str().to_owned());
        let (open, _) = self.begin(bind).await?;
        Ok(open.bound_to(tenant.clone()))
    }

    /// BEGIN, and the statement that binds the tenant; to the end even if the caller goes away.
    pub(crate) async fn begin(
        &self,
        binding: Statement,
    ) -> Result<(OpenTx, Option<PgRow>), StoreError> {
        let Self {
            pool,
            persistent,
            shield,
        } = self.clone();
        shield
            .run(async move {
                let tx = pool.begin().await?;
                let mut open = OpenTx {
                    tx,
                    persistent,
                    shield,
                    unsettled: false,
                };
                let row = open.fetch_optional(binding).await?;
                Ok((open, row))
            })
            .await
    }
}

impl OpenTx {
    pub(crate) fn bound_to(self, tenant: TenantId) -> TenantTx {
        TenantTx {
            tenant,
            client_address: None,
            open: self,
        }
    }

    async fn fetch_optional(&mut self, statement: Statement) -> Result<Option<PgRow>, StoreError> {
        self.unsettled = true;
        let row = statement.fetch_optional(&mut *self.tx).await?;
        self.unsettled = false;
        Ok(row)
    }
}

impl TenantTx {
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Notes where the request came from, for the audit events of this transaction.
    pub fn came_from(&mut self, address: Option<IpAddr>) {
        self.client_address = address;
    }

    pub fn client_address(&self) -> Option<IpAddr> {
        self.client_address
    }

    /// Commits, to the end even if the caller goes away. [`StoreError::Unsettled`] after a failed statement, which
    /// Postgres would answer with a silent rollback.
    pub async fn commit(self) -> Result<(), StoreError> {
        let OpenTx {
            tx,
            shield,
            unsettled,
            ..
        } = self.open;
        if unsettled {
            return Err(StoreError::Unsettled);
        }
        shield.run(async move { Ok(tx.commit().await?) }).await
    }

    /// Moves what the individual made into the organization that one of its conversions created, inserts that
    /// organization's customer, and makes it the tenant of this transaction: the one door that switches. The projects
    /// stay behind if the conversion says so; its Stripe objects always move. Role Worker.
    ///
    /// [`StoreError::Tenant`] unless `customer.conversion` is this individual's and names the organization;
    /// [`StoreError::Taken`] when the organization, its name or its conversion is a customer already.
    pub async fn move_individual_into(
        &mut self,
        organization: &OrganizationId,
        customer: &NewCustomer,
    ) -> Result<MovedIndividual, StoreError> {
        let moved = self
            .look_up(
                "select projects, stripe_objects from app.move_individual(row($1, $2, $3, $4, $5)::app.new_organization)",
            )
            .bind(organization.as_ref().to_owned())
            .bind(customer.name.as_ref().to_owned())
            .bind(customer.display_name.as_ref().to_owned())
            .bind(customer.conversion.map(|conversion| conversion.as_uuid()))
            .bind(customer.created_at);
        let moved = self.fetch_one(moved).await?;
        self.tenant = organization.clone().into();
        Ok(MovedIndividual {
            projects: row::value::<i64>(&moved, "projects")?.unsigned_abs(),
            stripe_objects: row::value::<i64>(&moved, "stripe_objects")?.unsigned_abs(),
        })
    }

    /// A statement whose `$1` is the tenant. Policies hold without it; a second machine needs it to find the row.
    pub(crate) fn statement(&self, sql: &'static str) -> Statement {
        sqlx::query(sql)
            .persistent(self.open.persistent)
            .bind(self.tenant.as_str().to_owned())
    }

    /// A statement that knows the tenant from the transaction alone: the functions of schema `ops`.
    pub(crate) fn look_up(&self, sql: &'static str) -> Statement {
        sqlx::query(sql).persistent(self.open.persistent)
    }

    pub(crate) async fn fetch_optional(
        &mut self,
        statement: Statement,
    ) -> Result<Option<PgRow>, StoreError> {
        self.open.fetch_optional(statement).await
    }

    pub(crate) async fn fetch_one(&mut self, statement: Statement) -> Result<PgRow, StoreError> {
        let row = self.open.fetch_optional(statement).await?;
        row.ok_or(StoreError::Broken(sqlx::Error::RowNotFound))
    }

    pub(crate) async fn fetch_all(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<PgRow>, StoreError> {
        self.open.unsettled = true;
        let rows = statement.fetch_all(&mut *self.open.tx).await?;
        self.open.unsettled = false;
        Ok(rows)
    }

    /// Answers how many rows it touched.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        self.open.unsettled = true;
        let done = statement.execute(&mut *self.open.tx).await?;
        self.open.unsettled = false;
        Ok(done.rows_affected())
    }
}

impl fmt::Debug for TenantTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantTx")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
