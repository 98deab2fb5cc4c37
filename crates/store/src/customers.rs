//! Customers: one for each tenant, organization or individual.

use chrono::{DateTime, Utc};
use domain::mfa::Factor;
use domain::role::Policies;
use domain::{
    BrandColors, Branding, ConversionId, DisplayName, MfaPolicy, OrganizationName, SsoPolicy,
    TenantId,
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{StoreError, TenantTx, row};

/// The tenant as a customer of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    pub tenant: TenantId,
    /// None for an individual.
    pub name: Option<OrganizationName>,
    /// None for an individual.
    pub display_name: Option<DisplayName>,
    /// The conversion that made it; None for an individual or an import.
    pub conversion: Option<ConversionId>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub branding: Branding,
    pub members_can_invite: bool,
    /// None as long as nothing was ever said.
    pub mfa: Option<MfaPolicy>,
    pub sso: SsoPolicy,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts the changes; for `ETag`. The store raises it on save.
    pub version: i64,
}

/// A new organization's row. An individual's is made by [`crate::Store::individual`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCustomer {
    pub name: OrganizationName,
    pub display_name: DisplayName,
    pub conversion: Option<ConversionId>,
    pub created_at: DateTime<Utc>,
}

impl Customer {
    pub fn policies(&self) -> Policies {
        Policies {
            members_can_invite: self.members_can_invite,
        }
    }
}

impl TenantTx {
    /// What the organization lets its members do; nothing where there is none.
    pub async fn policies(&mut self) -> Result<Policies, StoreError> {
        let customer = self.customer().await?;
        Ok(customer.map_or_else(Policies::default, |customer| customer.policies()))
    }

    pub async fn customer(&mut self) -> Result<Option<Customer>, StoreError> {
        let customer = self.statement(
            "select org_id, name, display_name, conversion_id, suspended_at, created_at, updated_at, version, logo_url, \
             primary_color, page_background, members_can_invite, mfa_enforce, mfa_providers, mfa_skip_federated, sso \
             from app.customers where org_id = $1",
        );
        self.fetch_optional(customer)
            .await?
            .as_ref()
            .map(customer_from)
            .transpose()
    }

    /// Inserts the organization's row and its entry in the directory. [`StoreError::Taken`] when the organization, its
    /// name or its conversion is there already.
    pub async fn insert_customer(&mut self, new: &NewCustomer) -> Result<(), StoreError> {
        let conversion = new.conversion.map(|conversion| conversion.as_uuid());
        let insert = self
            .statement(
                "insert into app.customers (org_id, name, display_name, conversion_id, created_at, updated_at) \
                 values ($1, $2, $3, $4, $5, $5)",
            )
            .bind(new.name.as_ref().to_owned())
            .bind(new.display_name.as_ref().to_owned())
            .bind(conversion)
            .bind(new.created_at);
        self.execute(insert).await?;
        let register = self
            .look_up("select ops.register_organization($1, $2, $3, $4)")
            .bind(new.name.as_ref().to_owned())
            .bind(new.display_name.as_ref().to_owned())
            .bind(conversion)
            .bind(new.created_at);
        self.execute(register).await?;
        Ok(())
    }

    /// Saves display name, branding, policies and suspension. [`StoreError::Stale`] unless the version is the stored one.
    pub async fn save_customer(&mut self, customer: &Customer) -> Result<(), StoreError> {
        let display_name = customer
            .display_name
            .as_ref()
            .map(|name| name.as_ref().to_owned());
        let branding = customer.branding.clone();
        let colors = branding.colors;
        let (primary, page_background) = colors
            .map(|colors| {
                (
                    String::from(colors.primary),
                    String::from(colors.page_background),
                )
            })
            .unzip();
        let save = self
            .statement(
                "update app.customers set display_name = $2, suspended_at = $3, updated_at = $4, version = version + 1, \
                 logo_url = $6, primary_color = $7, page_background = $8, members_can_invite = $9, \
                 mfa_enforce = $10, mfa_providers = $11, mfa_skip_federated = $12, sso = $13 \
                 where org_id = $1 and version = $5",
            )
            .bind(display_name.clone())
            .bind(customer.suspended_at)
            .bind(customer.updated_at)
            .bind(customer.version)
            .bind(branding.logo_url.map(String::from))
            .bind(primary)
            .bind(page_background)
            .bind(customer.members_can_invite)
            .bind(customer.mfa.as_ref().map(MfaPolicy::enforce))
            .bind(customer.mfa.as_ref().map(|mfa| factors(mfa.providers())))
            .bind(customer.mfa.as_ref().map(MfaPolicy::skip_federated))
            .bind(customer.sso.as_str());
        if self.execute(save).await? == 0 {
            return Err(StoreError::Stale);
        }
        if let Some(display_name) = display_name {
            let describe = self
                .look_up("select ops.describe_organization($1)")
                .bind(display_name);
            self.execute(describe).await?;
            self.note_suspension(customer.suspended_at).await?;
        }
        Ok(())
    }
}

fn customer_from(found: &PgRow) -> Result<Customer, StoreError> {
    Ok(Customer {
        tenant: row::parsed(found, "org_id")?,
        name: stored_name(found, "name")?,
        display_name: row::display_name(found)?,
        conversion: row::value::<Option<Uuid>>(found, "conversion_id")?.map(ConversionId::from),
        suspended_at: row::value(found, "suspended_at")?,
        branding: branding_from(found)?,
        members_can_invite: row::value(found, "members_can_invite")?,
        mfa: mfa_from(found)?,
        sso: row::parsed(found, "sso")?,
        created_at: row::value(found, "created_at")?,
        updated_at: row::value(found, "updated_at")?,
        version: row::value(found, "version")?,
    })
}

fn factors(factors: &[Factor]) -> Vec<String> {
    factors
        .iter()
        .map(|factor| factor.as_str().to_owned())
        .collect()
}

fn mfa_from(found: &PgRow) -> Result<Option<MfaPolicy>, StoreError> {
    const PROVIDERS: &str = "mfa_providers";
    let Some(enforce) = row::value(found, "mfa_enforce")? else {
        return Ok(None);
    };
    let providers = row::parsed_list(found, PROVIDERS)?;
    let policy = MfaPolicy::new(enforce, providers, row::value(found, "mfa_skip_federated")?);
    let unreadable = |_| StoreError::Unreadable { column: PROVIDERS };
    policy.map(Some).map_err(unreadable)
}

fn branding_from(found: &PgRow) -> Result<Branding, StoreError> {
    let primary = row::parsed_if_any(found, "primary_color")?;
    let page_background = row::parsed_if_any(found, "page_background")?;
    Ok(Branding {
        logo_url: row::parsed_if_any(found, "logo_url")?,
        colors: primary
            .zip(page_background)
            .map(|(primary, page_background)| BrandColors {
                primary,
                page_background,
            }),
    })
}

/// Imported organizations may have shorter names than new ones.
pub(crate) fn stored_name(
    found: &PgRow,
    column: &'static str,
) -> Result<Option<OrganizationName>, StoreError> {
    row::value::<Option<String>>(found, column)?
        .map(|name| OrganizationName::imported(name).map_err(|_| StoreError::Unreadable { column }))
        .transpose()
}
