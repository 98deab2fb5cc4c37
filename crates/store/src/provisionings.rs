//! Which identity providers keep their users at Auth0 by SCIM.

use chrono::{DateTime, Utc};
use domain::provisioning::Attribute;
use domain::{ConnectionId, IdentityProviderName};
use sqlx::types::Json;

use crate::{StoreError, TenantTx, row};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioning {
    pub identity_provider: IdentityProviderName,
    pub connection_id: ConnectionId,
    /// The SCIM attribute that the id of a new user is made of.
    pub user_id_attribute: String,
    pub attributes: Vec<Attribute>,
    /// It has had a group of its directory at Auth0: from then on these count, and not what is said at a login.
    pub keeps_groups: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl TenantTx {
    pub async fn provisioning(
        &mut self,
        of: &IdentityProviderName,
    ) -> Result<Option<Provisioning>, StoreError> {
        let found = self
            .statement(
                "select * from app.provisionings where org_id = $1 and identity_provider = $2",
            )
            .bind(of.to_string());
        let Some(found) = self.fetch_optional(found).await? else {
            return Ok(None);
        };
        Ok(Some(Provisioning {
            identity_provider: row::parsed(&found, "identity_provider")?,
            connection_id: row::parsed(&found, "connection_id")?,
            user_id_attribute: row::value(&found, "user_id_attribute")?,
            attributes: row::value::<Json<_>>(&found, "attributes")?.0,
            keeps_groups: row::value(&found, "keeps_groups")?,
            created_at: row::value(&found, "created_at")?,
            updated_at: row::value(&found, "updated_at")?,
        }))
    }

    /// One transaction at a time makes tokens of it. False when there is none.
    pub async fn lock_provisioning(
        &mut self,
        of: &IdentityProviderName,
    ) -> Result<bool, StoreError> {
        let lock = self
            .statement(
                "select 1 from app.provisionings where org_id = $1 and identity_provider = $2 for no key update",
            )
            .bind(of.to_string());
        Ok(self.fetch_optional(lock).await?.is_some())
    }

    /// Whether the connection's users are still kept by SCIM.
    pub async fn is_provisioned(&mut self, connection: &ConnectionId) -> Result<bool, StoreError> {
        let found = self
            .statement("select 1 from app.provisionings where org_id = $1 and connection_id = $2")
            .bind(connection.to_string());
        Ok(self.fetch_optional(found).await?.is_some())
    }

    /// [`StoreError::Taken`] when there is one.
    pub async fn insert_provisioning(&mut self, new: &Provisioning) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.provisionings (org_id, identity_provider, connection_id, user_id_attribute, \
                 attributes, created_at, updated_at, keeps_groups) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(new.identity_provider.to_string())
            .bind(new.connection_id.to_string())
            .bind(new.user_id_attribute.clone())
            .bind(Json(new.attributes.clone()))
            .bind(new.created_at)
            .bind(new.updated_at)
            .bind(new.keeps_groups);
        self.execute(insert).await?;
        Ok(())
    }

    /// The first of its directory's groups was seen at Auth0.
    pub async fn note_groups_kept(&mut self, of: &IdentityProviderName) -> Result<(), StoreError> {
        let note = self
            .statement(
                "update app.provisionings set keeps_groups = true where org_id = $1 and identity_provider = $2",
            )
            .bind(of.to_string());
        self.execute(note).await?;
        Ok(())
    }

    /// Its attributes. False when there is none any more.
    pub async fn save_provisioning(&mut self, changed: &Provisioning) -> Result<bool, StoreError> {
        let save = self
            .statement(
                "update app.provisionings set user_id_attribute = $3, attributes = $4, updated_at = $5 \
                 where org_id = $1 and identity_provider = $2",
            )
            .bind(changed.identity_provider.to_string())
            .bind(changed.user_id_attribute.clone())
            .bind(Json(changed.attributes.clone()))
            .bind(changed.updated_at);
        Ok(self.execute(save).await? > 0)
    }

    /// Its tokens go with it. False when there was none.
    pub async fn delete_provisioning(
        &mut self,
        of: &IdentityProviderName,
    ) -> Result<bool, StoreError> {
        let delete = self
            .statement("delete from app.provisionings where org_id = $1 and identity_provider = $2")
            .bind(of.to_string());
        Ok(self.execute(delete).await? > 0)
    }
}
