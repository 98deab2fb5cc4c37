//! The tokens that identity providers provision with, without their secrets.

use chrono::{DateTime, Utc};
use domain::{ConnectionId, IdentityProviderName, ScimTokenId, UserId};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{StoreError, TenantTx, row};

/// One that Auth0 is being asked for, or has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimToken {
    pub id: Uuid,
    pub identity_provider: IdentityProviderName,
    /// None while Auth0 is asked.
    pub made: Option<MadeScimToken>,
    pub created_at: DateTime<Utc>,
    pub created_by: UserId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeScimToken {
    pub token_id: ScimTokenId,
    /// SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    pub last_four: String,
    pub scopes: Option<Vec<String>>,
    pub valid_until: Option<DateTime<Utc>>,
}

impl ScimToken {
    pub fn has_ended(&self, now: DateTime<Utc>) -> bool {
        let until = self.made.as_ref().and_then(|made| made.valid_until);
        until.is_some_and(|until| until <= now)
    }
}

impl TenantTx {
    /// Oldest first, those that Auth0 is being asked for and those that have ended included.
    pub async fn scim_tokens(
        &mut self,
        of: &IdentityProviderName,
    ) -> Result<Vec<ScimToken>, StoreError> {
        let all = self
            .statement(
                "select * from app.scim_tokens where org_id = $1 and identity_provider = $2 order by created_at, id",
            )
            .bind(of.to_string());
        let found = self.fetch_all(all).await?;
        found.iter().map(token_from).collect()
    }

    pub async fn scim_token(&mut self, id: Uuid) -> Result<Option<ScimToken>, StoreError> {
        let one = self
            .statement("select * from app.scim_tokens where org_id = $1 and id = $2")
            .bind(id);
        let found = self.fetch_optional(one).await?;
        found.as_ref().map(token_from).transpose()
    }

    /// Of the connection, those that Auth0 has made.
    pub async fn scim_token_ids(
        &mut self,
        connection: &ConnectionId,
    ) -> Result<Vec<ScimTokenId>, StoreError> {
        let all = self
            .statement(
                "select t.token_id from app.scim_tokens t join app.provisionings p \
                 on p.org_id = t.org_id and p.identity_provider = t.identity_provider \
                 where t.org_id = $1 and p.org_id = $1 and p.connection_id = $2 and t.token_id is not null",
            )
            .bind(connection.to_string());
        let found = self.fetch_all(all).await?;
        found
            .iter()
            .map(|found| row::parsed(found, "token_id"))
            .collect()
    }

    /// One that Auth0 is about to be asked for.
    pub async fn insert_scim_token(&mut self, new: &ScimToken) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.scim_tokens (org_id, id, identity_provider, created_at, created_by) \
                 values ($1, $2, $3, $4, $5)",
            )
            .bind(new.id)
            .bind(new.identity_provider.to_string())
            .bind(new.created_at)
            .bind(new.created_by.to_string());
        self.execute(insert).await?;
        Ok(())
    }

    /// What Auth0 has made. False when nobody waits for it any more.
    pub async fn fill_scim_token(
        &mut self,
        id: Uuid,
        made: &MadeScimToken,
    ) -> Result<bool, StoreError> {
        let fill = self
            .statement(
                "update app.scim_tokens set token_id = $3, secret_hash = $4, last_four = $5, scopes = $6, \
                 valid_until = $7 where org_id = $1 and id = $2 and token_id is null",
            )
            .bind(id)
            .bind(made.token_id.to_string())
            .bind(made.secret_hash.clone())
            .bind(made.last_four.clone())
            .bind(made.scopes.clone())
            .bind(made.valid_until);
        Ok(self.execute(fill).await? > 0)
    }

    /// Unless Auth0 has made it meanwhile.
    pub async fn delete_waiting_scim_token(&mut self, id: Uuid) -> Result<(), StoreError> {
        let delete = self
            .statement(
                "delete from app.scim_tokens where org_id = $1 and id = $2 and token_id is null",
            )
            .bind(id);
        self.execute(delete).await?;
        Ok(())
    }

    pub async fn delete_scim_token(&mut self, id: Uuid) -> Result<(), StoreError> {
        let delete = self
            .statement("delete from app.scim_tokens where org_id = $1 and id = $2")
            .bind(id);
        self.execute(delete).await?;
        Ok(())
    }
}

fn token_from(found: &PgRow) -> Result<ScimToken, StoreError> {
    let token_id = row::parsed_if_any(found, "token_id")?;
    let made = match token_id {
        None => None,
        Some(token_id) => Some(MadeScimToken {
            token_id,
            secret_hash: row::value(found, "secret_hash")?,
            last_four: row::value(found, "last_four")?,
            scopes: row::value(found, "scopes")?,
            valid_until: row::value(found, "valid_until")?,
        }),
    };
    Ok(ScimToken {
        id: row::value(found, "id")?,
        identity_provider: row::parsed(found, "identity_provider")?,
        made,
        created_at: row::value(found, "created_at")?,
        created_by: row::parsed(found, "created_by")?,
    })
}
