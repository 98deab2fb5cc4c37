//! Organizations that the back office creates, beside their conversions; in its own tenant.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::comp::Terms;
use domain::invitation::InviteeEmail;
use domain::{ConversionId, InvitationId};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{StoreError, TenantTx, row};

/// What a purchase does not say: who administers it first, and what the operator's own systems know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformCreation {
    pub id: ConversionId,
    pub terms: Terms,
    /// Of the first administrator's invitation, chosen beforehand so that there is only ever one.
    pub invitation: InvitationId,
    pub admin_email: InviteeEmail,
    pub admin_locale: Option<String>,
    pub send_email: bool,
    pub ttl_seconds: u32,
    pub external_reference: Option<String>,
    /// Goes into the organization's metadata at Auth0, beside our marker.
    pub metadata: BTreeMap<String, String>,
    pub client_id: String,
    pub request_id: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl TenantTx {
    /// After its conversion.
    pub async fn insert_platform_creation(
        &mut self,
        creation: &PlatformCreation,
    ) -> Result<(), StoreError> {
        let metadata = serde_json::json!(creation.metadata);
        let insert = self
            .statement(
                "insert into app.platform_creations (org_id, id, terms, invitation_id, admin_email, admin_locale, \
                 send_email, ttl_seconds, external_reference, metadata, client_id, request_id, created_at) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            )
            .bind(creation.id.as_uuid())
            .bind(creation.terms.as_str())
            .bind(creation.invitation.as_uuid())
            .bind(creation.admin_email.as_ref().to_owned())
            .bind(creation.admin_locale.clone())
            .bind(creation.send_email)
            .bind(i64::from(creation.ttl_seconds))
            .bind(creation.external_reference.clone())
            .bind(metadata)
            .bind(creation.client_id.clone())
            .bind(creation.request_id.clone())
            .bind(creation.created_at);
        self.execute(insert).await?;
        Ok(())
    }

    pub async fn platform_creation(
        &mut self,
        id: ConversionId,
    ) -> Result<Option<PlatformCreation>, StoreError> {
        let creation = self
            .statement(
                "select id, terms, invitation_id, admin_email, admin_locale, send_email, ttl_seconds, \
                 external_reference, metadata, client_id, request_id, created_at \
                 from app.platform_creations where org_id = $1 and id = $2",
            )
            .bind(id.as_uuid());
        self.fetch_optional(creation)
            .await?
            .as_ref()
            .map(creation_from)
            .transpose()
    }
}

fn creation_from(found: &PgRow) -> Result<PlatformCreation, StoreError> {
    let metadata: serde_json::Value = row::value(found, "metadata")?;
    Ok(PlatformCreation {
        id: row::value::<Uuid>(found, "id")?.into(),
        terms: row::parsed(found, "terms")?,
        invitation: row::value::<Uuid>(found, "invitation_id")?.into(),
        admin_email: row::parsed(found, "admin_email")?,
        admin_locale: row::value(found, "admin_locale")?,
        send_email: row::value(found, "send_email")?,
        ttl_seconds: row::count(found, "ttl_seconds")?,
        external_reference: row::value(found, "external_reference")?,
        metadata: serde_json::from_value(metadata)
            .map_err(|_| StoreError::Unreadable { column: "metadata" })?,
        client_id: row::value(found, "client_id")?,
        request_id: row::value(found, "request_id")?,
        created_at: row::value(found, "created_at")?,
    })
}
