//! Imports of organizations, with what became of each; in the back office's own tenant.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::comp::Agreement;
use domain::import::{Outcome, Why};
use domain::{ImportId, Interval, OrganizationId, Plan};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{Listed, NewCustomer, Page, StoreError, TenantTx, row};

/// What is to be imported, and on which plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformImport {
    pub id: ImportId,
    /// Every organization of the Auth0 tenant, found as it is listed.
    pub whole_tenant: bool,
    pub dry_run: bool,
    pub plan: Plan,
    pub interval: Interval,
    /// None: as many as there are members, as far as the plan goes.
    pub seats: Option<u32>,
    pub agreement: Agreement,
    pub may_exceed_seats: bool,
    /// Where the listing goes on.
    pub position: Option<String>,
    /// Whether all that is to be imported is known.
    pub listed: bool,
    pub client_id: String,
    pub request_id: Option<String>,
    pub created_at: DateTime<Utc>,
    pub done_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportItem {
    pub organization: OrganizationId,
    pub outcome: Outcome,
    pub why: Option<Why>,
    pub name: Option<String>,
    pub members: Option<u32>,
    pub needs_admin: Option<bool>,
}

impl ImportItem {
    pub fn refused(organization: OrganizationId, why: Why) -> Self {
        Self {
            outcome: Outcome::Refused,
            why: Some(why),
            ..Self::settled(organization, Outcome::Refused)
        }
    }

    pub fn settled(organization: OrganizationId, outcome: Outcome) -> Self {
        Self {
            organization,
            outcome,
            why: None,
            name: None,
            members: None,
            needs_admin: None,
        }
    }
}

impl TenantTx {
    pub async fn insert_platform_import(
        &mut self,
        import: &PlatformImport,
    ) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.platform_imports (org_id, id, whole_tenant, dry_run, plan, billing_interval, seats, \
                 terms, runs_until, may_exceed_seats, position, listed, client_id, request_id, created_at) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            )
            .bind(import.id.as_uuid())
            .bind(import.whole_tenant)
            .bind(import.dry_run)
            .bind(import.plan.as_str())
            .bind(import.interval.as_str())
            .bind(import.seats.map(i64::from))
            .bind(import.agreement.terms.as_str())
            .bind(import.agreement.until)
            .bind(import.may_exceed_seats)
            .bind(import.position.clone())
            .bind(import.listed)
            .bind(import.client_id.clone())
            .bind(import.request_id.clone())
            .bind(import.created_at);
        self.execute(insert).await?;
        Ok(())
    }

    pub async fn platform_import(
        &mut self,
        id: ImportId,
    ) -> Result<Option<PlatformImport>, StoreError> {
        let import = self
            .statement(
                "select id, whole_tenant, dry_run, plan, billing_interval, seats, terms, runs_until, \
                 may_exceed_seats, position, listed, client_id, request_id, created_at, done_at \
                 from app.platform_imports where org_id = $1 and id = $2",
            )
            .bind(id.as_uuid());
        self.fetch_optional(import)
            .await?
            .as_ref()
            .map(import_from)
            .transpose()
    }

    /// Those that are known already stay as they are.
    pub async fn add_import_items(
        &mut self,
        id: ImportId,
        organizations: &[OrganizationId],
    ) -> Result<(), StoreError> {
        let texts: Vec<String> = organizations.iter().map(ToString::to_string).collect();
        let add = self
            .statement(
                "insert into app.platform_import_items (org_id, import_id, auth0_org_id, outcome) \
                 select $1, $2, found, 'pending' from unnest($3) found \
                 on conflict (org_id, import_id, auth0_org_id) do nothing",
            )
            .bind(id.as_uuid())
            .bind(texts);
        self.execute(add).await?;
        Ok(())
    }

    /// Without a position the listing has come to its end.
    pub async fn note_import_position(
        &mut self,
        id: ImportId,
        position: Option<&str>,
    ) -> Result<(), StoreError> {
        let note = self
            .statement(
                "update app.platform_imports set position = $3, listed = $3 is null where org_id = $1 and id = $2",
            )
            .bind(id.as_uuid())
            .bind(position.map(str::to_owned));
        self.execute(note).await?;
        Ok(())
    }

    pub async fn finish_platform_import(
        &mut self,
        id: ImportId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let finish = self
            .statement("update app.platform_imports set done_at = $3 where org_id = $1 and id = $2")
            .bind(id.as_uuid())
            .bind(at);
        self.execute(finish).await?;
        Ok(())
    }

    pub async fn pending_import_items(
        &mut self,
        id: ImportId,
        limit: u32,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let pending = self
            .statement(
                "select auth0_org_id from app.platform_import_items \
                 where org_id = $1 and import_id = $2 and outcome = 'pending' order by auth0_org_id limit $3",
            )
            .bind(id.as_uuid())
            .bind(i64::from(limit));
        let pending = self.fetch_all(pending).await?;
        pending
            .iter()
            .map(|found| row::parsed(found, "auth0_org_id"))
            .collect()
    }

    pub async fn settle_import_item(
        &mut self,
        id: ImportId,
        item: &ImportItem,
    ) -> Result<(), StoreError> {
        let settle = self
            .statement(
                "update app.platform_import_items set outcome = $4, why = $5, name = $6, members = $7, \
                 needs_admin = $8 where org_id = $1 and import_id = $2 and auth0_org_id = $3",
            )
            .bind(id.as_uuid())
            .bind(item.organization.as_ref().to_owned())
            .bind(item.outcome.as_str())
            .bind(item.why.map(Why::as_str))
            .bind(item.name.clone())
            .bind(item.members.map(i64::from))
            .bind(item.needs_admin);
        self.execute(settle).await?;
        Ok(())
    }

    /// How many organizations have come to each outcome.
    pub async fn import_counts(
        &mut self,
        id: ImportId,
    ) -> Result<BTreeMap<Outcome, u32>, StoreError> {
        let counts = self
            .statement(
                "select outcome, count(*)::integer as organizations from app.platform_import_items \
                 where org_id = $1 and import_id = $2 group by outcome",
            )
            .bind(id.as_uuid());
        let counts = self.fetch_all(counts).await?;
        counts
            .iter()
            .map(|found| {
                Ok((
                    row::parsed(found, "outcome")?,
                    row::count(found, "organizations")?,
                ))
            })
            .collect()
    }

    /// By the organization's id.
    pub async fn import_items(
        &mut self,
        id: ImportId,
        page: &Page<OrganizationId>,
    ) -> Result<Listed<ImportItem>, StoreError> {
        let items = self
            .statement(
                "select auth0_org_id, outcome, why, name, members, needs_admin from app.platform_import_items \
                 where org_id = $1 and import_id = $2 and auth0_org_id > $3 order by auth0_org_id limit $4",
            )
            .bind(id.as_uuid())
            .bind(page.after.as_ref().map_or("", AsRef::as_ref).to_owned())
            .bind(page.probe_limit());
        let found = self.fetch_all(items).await?;
        let items = found.iter().map(item_from).collect::<Result<_, _>>()?;
        Ok(Listed::cut(items, page.limit))
    }

    /// As [`TenantTx::insert_customer`], and says which import made it.
    pub async fn insert_imported_customer(
        &mut self,
        new: &NewCustomer,
        import: ImportId,
    ) -> Result<(), StoreError> {
        self.insert_customer(new).await?;
        let note = self
            .statement("update app.customers set imported_by = $2 where org_id = $1")
            .bind(import.as_uuid());
        self.execute(note).await?;
        Ok(())
    }

    /// The import that made this customer, if one did.
    pub async fn imported_by(&mut self) -> Result<Option<ImportId>, StoreError> {
        let import = self.statement("select imported_by from app.customers where org_id = $1");
        match self.fetch_optional(import).await? {
            Some(found) => {
                Ok(row::value::<Option<Uuid>>(&found, "imported_by")?.map(ImportId::from))
            }
            None => Ok(None),
        }
    }
}

fn import_from(found: &PgRow) -> Result<PlatformImport, StoreError> {
    let seats: Option<i32> = row::value(found, "seats")?;
    Ok(PlatformImport {
        id: row::value::<Uuid>(found, "id")?.into(),
        whole_tenant: row::value(found, "whole_tenant")?,
        dry_run: row::value(found, "dry_run")?,
        plan: row::parsed(found, "plan")?,
        interval: row::parsed(found, "billing_interval")?,
        seats: seats.map(i32::unsigned_abs),
        agreement: Agreement {
            terms: row::parsed(found, "terms")?,
            until: row::value(found, "runs_until")?,
        },
        may_exceed_seats: row::value(found, "may_exceed_seats")?,
        position: row::value(found, "position")?,
        listed: row::value(found, "listed")?,
        client_id: row::value(found, "client_id")?,
        request_id: row::value(found, "request_id")?,
        created_at: row::value(found, "created_at")?,
        done_at: row::value(found, "done_at")?,
    })
}

fn item_from(found: &PgRow) -> Result<ImportItem, StoreError> {
    let members: Option<i32> = row::value(found, "members")?;
    Ok(ImportItem {
        organization: row::parsed(found, "auth0_org_id")?,
        outcome: row::parsed(found, "outcome")?,
        why: row::parsed_if_any(found, "why")?,
        name: row::value(found, "name")?,
        members: members.map(i32::unsigned_abs),
        needs_admin: row::value(found, "needs_admin")?,
    })
}
