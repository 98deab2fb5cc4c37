//! The directory of organizations as the back office searches it, across tenants; and what keeps it true.

use chrono::{DateTime, Utc};
use domain::{DisplayName, OrganizationId, OrganizationName, Plan, Status, Subscription, TenantId};
use sqlx::postgres::PgRow;

use crate::customers::stored_name;
use crate::{Listed, Page, Store, StoreError, TenantTx, row};

/// An organization as the directory knows it; nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    pub id: OrganizationId,
    pub name: OrganizationName,
    pub display_name: DisplayName,
    /// What the operator's own systems call it.
    pub external_reference: Option<String>,
    /// None for a moment, for an organization from before the directory knew plans.
    pub plan: Option<Plan>,
    pub status: Option<Status>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// Which organizations to list; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectoryFilter {
    /// What the name, the display name or the external reference begins with.
    pub search: Option<String>,
    pub plan: Option<Plan>,
    pub status: Option<Status>,
    pub suspended: Option<bool>,
}

impl Store {
    /// By name. Role Platform.
    pub async fn directory(
        &self,
        filter: &DirectoryFilter,
        page: &Page<OrganizationName>,
        now: DateTime<Utc>,
    ) -> Result<Listed<DirectoryEntry>, StoreError> {
        let listing = self
            .statement(
                "select org_id, name, display_name, external_reference, plan, status, suspended_at, created_at \
                 from ops.platform_organizations(row($1, $2, $3, $4)::ops.organization_filter, $5, $6, $7)",
            )
            .bind(filter.search.clone())
            .bind(filter.plan.map(|plan| plan.as_str().to_owned()))
            .bind(filter.status.map(|status| status.as_str().to_owned()))
            .bind(filter.suspended)
            .bind(page.after.as_ref().map_or("", AsRef::as_ref).to_owned())
            .bind(i32::try_from(page.probe_limit()).unwrap_or(i32::MAX))
            .bind(now);
        let found = self.fetch_all(listing).await?;
        let entries = found.iter().map(entry_from).collect::<Result<_, _>>()?;
        Ok(Listed::cut(entries, page.limit))
    }

    /// Organizations whose plan the directory does not know, by id. Role Worker.
    pub async fn organizations_without_plan(
        &self,
        page: &Page<OrganizationId>,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let next = self
            .statement("select org_id from ops.organizations_without_plan($1, $2) as org_id")
            .bind(page.after.as_ref().map_or("", AsRef::as_ref).to_owned())
            .bind(i32::try_from(page.limit).unwrap_or(i32::MAX));
        let next = self.fetch_all(next).await?;
        next.iter()
            .map(|found| row::parsed(found, "org_id"))
            .collect()
    }
}

impl TenantTx {
    /// An individual is in no directory.
    pub async fn note_subscription(
        &mut self,
        subscription: &Subscription,
    ) -> Result<(), StoreError> {
        if !matches!(self.tenant(), TenantId::Organization(_)) {
            return Ok(());
        }
        let (status, change) = subscription.course();
        let note = self
            .look_up("select ops.note_subscription($1, $2, $3, $4)")
            .bind(subscription.plan.as_str())
            .bind(status.as_str())
            .bind(change.map(|(at, _)| at))
            .bind(change.map(|(_, afterwards)| afterwards.as_str()));
        self.execute(note).await?;
        Ok(())
    }

    pub(crate) async fn note_suspension(
        &mut self,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let note = self.look_up("select ops.note_suspension($1)").bind(at);
        self.execute(note).await?;
        Ok(())
    }

    /// What the operator's own systems call the organization.
    pub async fn set_external_reference(&mut self, reference: &str) -> Result<(), StoreError> {
        let set = self
            .statement("update app.customers set external_reference = $2 where org_id = $1")
            .bind(reference.to_owned());
        self.execute(set).await?;
        let note = self
            .look_up("select ops.note_external_reference($1)")
            .bind(reference.to_owned());
        self.execute(note).await?;
        Ok(())
    }

    pub async fn external_reference(&mut self) -> Result<Option<String>, StoreError> {
        let reference =
            self.statement("select external_reference from app.customers where org_id = $1");
        match self.fetch_optional(reference).await? {
            Some(found) => row::value(&found, "external_reference"),
            None => Ok(None),
        }
    }
}

fn entry_from(found: &PgRow) -> Result<DirectoryEntry, StoreError> {
    Ok(DirectoryEntry {
        id: row::parsed(found, "org_id")?,
        name: stored_name(found, "name")?.ok_or(StoreError::Unreadable { column: "name" })?,
        display_name: row::parsed(found, "display_name")?,
        external_reference: row::value(found, "external_reference")?,
        plan: row::parsed_if_any(found, "plan")?,
        status: row::parsed_if_any(found, "status")?,
        suspended_at: row::value(found, "suspended_at")?,
        created_at: row::value(found, "created_at")?,
    })
}
