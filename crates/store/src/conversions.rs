//! Conversions: the durable record of a payment that becomes an organization; lies in the buyer's own tenant.

use chrono::{DateTime, Utc};
use domain::{
    ConversionId, ConversionStep, DisplayName, Interval, OrganizationId, OrganizationName, Person,
    Plan, TenantId,
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::customers::stored_name;
use crate::{Listed, Page, Store, StoreError, TenantTx, row};

/// One checkout and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    pub id: ConversionId,
    pub person: Person,
    pub plan: Plan,
    pub interval: Interval,
    pub seats: u32,
    /// Of the price in the catalogue, e.g. `tenantry_team_month`.
    pub lookup_key: String,
    pub wanted_name: Option<OrganizationName>,
    pub display_name: Option<DisplayName>,
    pub keep_projects_personal: bool,
    pub step: ConversionStep,
    /// How many names were tried and found taken.
    pub try_no: u32,
    pub auth0_org_id: Option<OrganizationId>,
    pub stripe_customer_id: Option<String>,
    pub checkout_session_id: Option<String>,
    pub stripe_subscription_id: Option<String>,
    pub checkout_url: Option<String>,
    pub paid_until: Option<DateTime<Utc>>,
    /// Who holds a smaller fence may write no more.
    pub fence: i64,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Whose conversion a marker in Auth0 names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerOwner {
    /// The buyer's own tenant, where the conversion lies.
    pub tenant: TenantId,
    pub step: ConversionStep,
    /// The Auth0 organization it made, once that is known.
    pub organization_id: Option<OrganizationId>,
}

const INSERT: &str = "insert into app.conversions (org_id, id, plan, billing_interval, seats, lookup_key, wanted_name, \
     display_name, keep_projects_personal, step, try_no, auth0_org_id, stripe_customer_id, checkout_session_id, \
     stripe_subscription_id, checkout_url, paid_until, last_error, updated_at, fence, issuer, user_id, created_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";

const UPDATE: &str = "update app.conversions set plan = $3, billing_interval = $4, seats = $5, lookup_key = $6, \
     wanted_name = $7, display_name = $8, keep_projects_personal = $9, step = $10, try_no = $11, auth0_org_id = $12, \
     stripe_customer_id = $13, checkout_session_id = $14, stripe_subscription_id = $15, checkout_url = $16, \
     paid_until = $17, last_error = $18, updated_at = $19 where org_id = $1 and id = $2 and fence = $20";

impl TenantTx {
    /// Newest first.
    pub async fn conversions(
        &mut self,
        page: &Page<ConversionId>,
    ) -> Result<Listed<Conversion>, StoreError> {
        let conversions = self
            .statement("select * from app.conversions where org_id = $1 and id < $2 order by id desc limit $3")
            .bind(page.after.map_or(Uuid::max(), |id| id.as_uuid()))
            .bind(page.probe_limit());
        let found = self.fetch_all(conversions).await?;
        Ok(Listed::cut(
            found
                .iter()
                .map(conversion_from)
                .collect::<Result<_, _>>()?,
            page.limit,
        ))
    }

    pub async fn conversion(&mut self, id: ConversionId) -> Result<Option<Conversion>, StoreError> {
        let conversion = self
            .statement("select * from app.conversions where org_id = $1 and id = $2")
            .bind(id.as_uuid());
        self.fetch_optional(conversion)
            .await?
            .as_ref()
            .map(conversion_from)
            .transpose()
    }

    /// The row is this transaction's until it ends.
    pub async fn lock_conversion(
        &mut self,
        id: ConversionId,
    ) -> Result<Option<Conversion>, StoreError> {
        let conversion = self
            .statement("select * from app.conversions where org_id = $1 and id = $2 for update")
            .bind(id.as_uuid());
        self.fetch_optional(conversion)
            .await?
            .as_ref()
            .map(conversion_from)
            .transpose()
    }

    /// The fence is stored as it is given: 0 for a new one.
    pub async fn insert_conversion(&mut self, conversion: &Conversion) -> Result<(), StoreError> {
        let insert = self
            .conversion_statement(INSERT, conversion)
            .bind(conversion.person.issuer.as_ref().to_owned())
            .bind(conversion.person.user_id.as_ref().to_owned())
            .bind(conversion.created_at);
        self.execute(insert).await?;
        self.note_conversion(conversion).await
    }

    /// Raises the fence, so that whoever worked on it before can save no more. Commit before acting on it.
    pub async fn claim_conversion(
        &mut self,
        id: ConversionId,
    ) -> Result<Option<Conversion>, StoreError> {
        let claim = self
            .statement("update app.conversions set fence = fence + 1 where org_id = $1 and id = $2 returning *")
            .bind(id.as_uuid());
        self.fetch_optional(claim)
            .await?
            .as_ref()
            .map(conversion_from)
            .transpose()
    }

    /// False when the fence is no longer the stored one: somebody else works on it, stop. Id, person and creation time
    /// never change; `updated_at` is stored as given.
    pub async fn save_conversion(&mut self, conversion: &Conversion) -> Result<bool, StoreError> {
        let save = self.conversion_statement(UPDATE, conversion);
        if self.execute(save).await? == 0 {
            return Ok(false);
        }
        self.note_conversion(conversion).await?;
        Ok(true)
    }

    /// Binds `$2` to `$20`, the columns that `INSERT` and `UPDATE` share.
    fn conversion_statement(
        &self,
        sql: &'static str,
        conversion: &Conversion,
    ) -> crate::pool::Statement {
        self.statement(sql)
            .bind(conversion.id.as_uuid())
            .bind(conversion.plan.as_str())
            .bind(conversion.interval.as_str())
            .bind(i64::from(conversion.seats))
            .bind(conversion.lookup_key.clone())
            .bind(
                conversion
                    .wanted_name
                    .as_ref()
                    .map(|name| name.as_ref().to_owned()),
            )
            .bind(
                conversion
                    .display_name
                    .as_ref()
                    .map(|name| name.as_ref().to_owned()),
            )
            .bind(conversion.keep_projects_personal)
            .bind(conversion.step.as_str())
            .bind(i64::from(conversion.try_no))
            .bind(
                conversion
                    .auth0_org_id
                    .as_ref()
                    .map(|id| id.as_ref().to_owned()),
            )
            .bind(conversion.stripe_customer_id.clone())
            .bind(conversion.checkout_session_id.clone())
            .bind(conversion.stripe_subscription_id.clone())
            .bind(conversion.checkout_url.clone())
            .bind(conversion.paid_until)
            .bind(conversion.last_error.clone())
            .bind(conversion.updated_at)
            .bind(conversion.fence)
    }

    async fn note_conversion(&mut self, conversion: &Conversion) -> Result<(), StoreError> {
        let note = self
            .look_up("select ops.note_conversion($1, $2, $3)")
            .bind(conversion.id.as_uuid())
            .bind(conversion.step.as_str())
            .bind(
                conversion
                    .auth0_org_id
                    .as_ref()
                    .map(|id| id.as_ref().to_owned()),
            );
        self.execute(note).await?;
        Ok(())
    }
}

impl Store {
    /// Whose the marker is; None means that this database does not know it. Role Worker.
    pub async fn conversion_of_marker(
        &self,
        id: ConversionId,
    ) -> Result<Option<MarkerOwner>, StoreError> {
        let owner = self
            .statement("select org_id, step, auth0_org_id from ops.conversion_of_marker($1)")
            .bind(id.as_uuid());
        let Some(found) = self.fetch_optional(owner).await? else {
            return Ok(None);
        };
        Ok(Some(MarkerOwner {
            tenant: row::parsed(&found, "org_id")?,
            step: row::parsed(&found, "step")?,
            organization_id: row::parsed_if_any(&found, "auth0_org_id")?,
        }))
    }
}

fn conversion_from(found: &PgRow) -> Result<Conversion, StoreError> {
    Ok(Conversion {
        id: row::value::<Uuid>(found, "id")?.into(),
        person: Person {
            issuer: row::parsed(found, "issuer")?,
            user_id: row::parsed(found, "user_id")?,
        },
        plan: row::parsed(found, "plan")?,
        interval: row::parsed(found, "billing_interval")?,
        seats: row::count(found, "seats")?,
        lookup_key: row::value(found, "lookup_key")?,
        wanted_name: stored_name(found, "wanted_name")?,
        display_name: row::display_name(found)?,
        keep_projects_personal: row::value(found, "keep_projects_personal")?,
        step: row::parsed(found, "step")?,
        try_no: row::count(found, "try_no")?,
        auth0_org_id: row::parsed_if_any(found, "auth0_org_id")?,
        stripe_customer_id: row::value(found, "stripe_customer_id")?,
        checkout_session_id: row::value(found, "checkout_session_id")?,
        stripe_subscription_id: row::value(found, "stripe_subscription_id")?,
        checkout_url: row::value(found, "checkout_url")?,
        paid_until: row::value(found, "paid_until")?,
        fence: row::value(found, "fence")?,
        last_error: row::value(found, "last_error")?,
        created_at: row::value(found, "created_at")?,
        updated_at: row::value(found, "updated_at")?,
    })
}
