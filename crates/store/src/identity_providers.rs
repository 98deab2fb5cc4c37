//! An organization's own identity providers, as they are wanted and as far as Auth0 has followed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    ConnectionId, GroupRoles, IdentityProviderKey, IdentityProviderName, IdentityProviderState,
    Removal, Role, Strategy, UserId,
};
use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use crate::{StoreError, TenantTx, row};

#[derive(Clone, PartialEq)]
pub struct IdentityProvider {
    pub name: IdentityProviderName,
    /// The connection's at Auth0; it never changes.
    pub connection_name: String,
    /// None before Auth0 has made it.
    pub connection_id: Option<ConnectionId>,
    pub strategy: Strategy,
    pub display_name: String,
    pub show_as_button: bool,
    pub assign_membership_on_login: bool,
    pub is_enabled: bool,
    pub default_role: Role,
    /// As an administrator wants them, without secrets.
    pub options: Map<String, Value>,
    /// What the provider's own documents told, for Auth0.
    pub discovered: Map<String, Value>,
    /// The last four characters of each secret that there is, by its option.
    pub secret_hints: BTreeMap<String, String>,
    /// Secrets that Auth0 has not taken yet.
    pub sealed_secrets: Option<Vec<u8>>,
    pub group_roles: GroupRoles,
    pub state: IdentityProviderState,
    /// Why it failed.
    pub failure: Option<String>,
    pub removal: Option<Removal>,
    /// Which one this is of the set-ups that it has had: what a login hangs on. 1 at first.
    pub setup: i64,
    /// Of the present set-up.
    pub tested: Option<TestedLogin>,
    /// When what a test login had proved ended with a change of the set-up. None after a later test.
    pub proof_lost_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// 1 when inserted; counts the changes by people, for `ETag`.
    pub version: i64,
}

/// The latest test login that came back, through the set-up with which it was begun.
#[derive(Debug, Clone, PartialEq)]
pub struct TestedLogin {
    pub at: DateTime<Utc>,
    /// The administrator who began it.
    pub by: UserId,
    pub claims: Value,
}

impl TenantTx {
    /// All that are not on their way out, by name.
    pub async fn identity_providers(&mut self) -> Result<Vec<IdentityProvider>, StoreError> {
        let all = self.statement(
            "select * from app.identity_providers where org_id = $1 and removal is null order by name",
        );
        let found = self.fetch_all(all).await?;
        found.iter().map(identity_provider_from).collect()
    }

    /// None as well when it is on its way out.
    pub async fn identity_provider(
        &mut self,
        key: &IdentityProviderKey,
    ) -> Result<Option<IdentityProvider>, StoreError> {
        let (id, name) = match key {
            IdentityProviderKey::Id(id) => (Some(id.to_string()), None),
            IdentityProviderKey::Name(name) => (None, Some(name.to_string())),
        };
        let one = self
            .statement(
                "select * from app.identity_providers \
                 where org_id = $1 and (connection_id = $2 or name = $3) and removal is null",
            )
            .bind(id)
            .bind(name);
        let found = self.fetch_optional(one).await?;
        found.as_ref().map(identity_provider_from).transpose()
    }

    /// Also when it is on its way out. For whoever has Auth0 follow.
    pub async fn identity_provider_to_push(
        &mut self,
        name: &IdentityProviderName,
    ) -> Result<Option<IdentityProvider>, StoreError> {
        let one = self
            .statement("select * from app.identity_providers where org_id = $1 and name = $2")
            .bind(name.to_string());
        let found = self.fetch_optional(one).await?;
        found.as_ref().map(identity_provider_from).transpose()
    }

    /// By the name of its connection, which is what a login says that it came through.
    pub async fn identity_provider_of(
        &mut self,
        connection_name: &str,
    ) -> Result<Option<IdentityProvider>, StoreError> {
        let one = self
            .statement(
                "select * from app.identity_providers \
                 where org_id = $1 and connection_name = $2 and removal is null",
            )
            .bind(connection_name.to_owned());
        let found = self.fetch_optional(one).await?;
        found.as_ref().map(identity_provider_from).transpose()
    }

    /// [`StoreError::Taken`] when there is one of this name, be it on its way out.
    pub async fn insert_identity_provider(
        &mut self,
        new: &IdentityProvider,
    ) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.identity_providers (org_id, name, connection_name, connection_id, strategy, display_name, \
                 show_as_button, assign_membership_on_login, is_enabled, default_role, options, discovered, secret_hints, \
                 sealed_secrets, group_roles, state, failure, created_at, updated_at, version) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
            )
            .bind(new.name.to_string())
            .bind(new.connection_name.clone())
            .bind(new.connection_id.as_ref().map(ToString::to_string))
            .bind(new.strategy.as_str())
            .bind(new.display_name.clone())
            .bind(new.show_as_button)
            .bind(new.assign_membership_on_login)
            .bind(new.is_enabled)
            .bind(new.default_role.as_str())
            .bind(Json(new.options.clone()))
            .bind(Json(new.discovered.clone()))
            .bind(Json(new.secret_hints.clone()))
            .bind(new.sealed_secrets.clone())
            .bind(Json(new.group_roles.clone()))
            .bind(new.state.as_str())
            .bind(new.failure.clone())
            .bind(new.created_at)
            .bind(new.updated_at)
            .bind(new.version);
        self.execute(insert).await?;
        Ok(())
    }

    /// Saves what people change, if the stored version is `changed.version`; answers the new version, or None when it
    /// is another. A test login that came back since it was read stays, if it was of the same set-up.
    pub async fn save_identity_provider(
        &mut self,
        changed: &IdentityProvider,
    ) -> Result<Option<i64>, StoreError> {
        let save = self
            .statement(
                "update app.identity_providers set display_name = $3, show_as_button = $4, \
                 assign_membership_on_login = $5, is_enabled = $6, default_role = $7, options = $8, discovered = $9, \
                 secret_hints = $10, sealed_secrets = $11, group_roles = $12, state = $13, failure = $14, removal = $15, \
                 updated_at = $16, setup = $18, \
                 proof_lost_at = case when setup = $18 or tested_at is null then proof_lost_at else $16 end, \
                 tested_at = case when setup = $18 then tested_at end, \
                 tested_by = case when setup = $18 then tested_by end, \
                 tested_claims = case when setup = $18 then tested_claims end, \
                 version = version + 1 where org_id = $1 and name = $2 and version = $17 returning version",
            )
            .bind(changed.name.to_string())
            .bind(changed.display_name.clone())
            .bind(changed.show_as_button)
            .bind(changed.assign_membership_on_login)
            .bind(changed.is_enabled)
            .bind(changed.default_role.as_str())
            .bind(Json(changed.options.clone()))
            .bind(Json(changed.discovered.clone()))
            .bind(Json(changed.secret_hints.clone()))
            .bind(changed.sealed_secrets.clone())
            .bind(Json(changed.group_roles.clone()))
            .bind(changed.state.as_str())
            .bind(changed.failure.clone())
            .bind(changed.removal.map(Removal::as_str))
            .bind(changed.updated_at)
            .bind(changed.version)
            .bind(changed.setup);
        let saved = self.fetch_optional(save).await?;
        saved.map(|saved| row::value(&saved, "version")).transpose()
    }

    /// Notes the connection that Auth0 has made for it; that never changes.
    pub async fn note_connection(
        &mut self,
        name: &IdentityProviderName,
        connection_id: &ConnectionId,
    ) -> Result<(), StoreError> {
        let note = self
            .statement("update app.identity_providers set connection_id = $3 where org_id = $1 and name = $2")
            .bind(name.to_string())
            .bind(connection_id.to_string());
        self.execute(note).await?;
        Ok(())
    }

    /// Notes how far Auth0 has followed this version, and forgets the secrets that it has taken. False when something
    /// else is wanted by now.
    pub async fn note_identity_provider(
        &mut self,
        pushed: &IdentityProvider,
        failure: Option<&str>,
    ) -> Result<bool, StoreError> {
        let note = self
            .statement(
                "update app.identity_providers set state = case when $4::text is null then 'ready' else 'failed' end, \
                 failure = $4, sealed_secrets = case when $4 is null then null else sealed_secrets end \
                 where org_id = $1 and name = $2 and version = $3",
            )
            .bind(pushed.name.to_string())
            .bind(pushed.version)
            .bind(failure.map(str::to_owned));
        Ok(self.execute(note).await? > 0)
    }

    pub async fn delete_identity_provider(
        &mut self,
        name: &IdentityProviderName,
    ) -> Result<(), StoreError> {
        let delete = self
            .statement("delete from app.identity_providers where org_id = $1 and name = $2")
            .bind(name.to_string());
        self.execute(delete).await?;
        Ok(())
    }

    /// The domains whose people the login sends there, in order.
    pub async fn identity_provider_domains(
        &mut self,
        name: &IdentityProviderName,
    ) -> Result<Vec<String>, StoreError> {
        let domains = self
            .statement(
                "select domain from app.identity_provider_domains where org_id = $1 and identity_provider = $2 \
                 order by domain",
            )
            .bind(name.to_string());
        let found = self.fetch_all(domains).await?;
        found
            .iter()
            .map(|found| row::value(found, "domain"))
            .collect()
    }
}

fn identity_provider_from(found: &PgRow) -> Result<IdentityProvider, StoreError> {
    Ok(IdentityProvider {
        name: row::parsed(found, "name")?,
        connection_name: row::value(found, "connection_name")?,
        connection_id: row::parsed_if_any(found, "connection_id")?,
        strategy: row::parsed(found, "strategy")?,
        display_name: row::value(found, "display_name")?,
        show_as_button: row::value(found, "show_as_button")?,
        assign_membership_on_login: row::value(found, "assign_membership_on_login")?,
        is_enabled: row::value(found, "is_enabled")?,
        default_role: row::parsed(found, "default_role")?,
        options: row::value::<Json<_>>(found, "options")?.0,
        discovered: row::value::<Json<_>>(found, "discovered")?.0,
        secret_hints: row::value::<Json<_>>(found, "secret_hints")?.0,
        sealed_secrets: row::value(found, "sealed_secrets")?,
        group_roles: row::value::<Json<_>>(found, "group_roles")?.0,
        state: row::parsed(found, "state")?,
        failure: row::value(found, "failure")?,
        removal: row::parsed_if_any(found, "removal")?,
        setup: row::value(found, "setup")?,
        tested: tested_from(found)?,
        proof_lost_at: row::value(found, "proof_lost_at")?,
        created_at: row::value(found, "created_at")?,
        updated_at: row::value(found, "updated_at")?,
        version: row::value(found, "version")?,
    })
}

fn tested_from(found: &PgRow) -> Result<Option<TestedLogin>, StoreError> {
    let at: Option<DateTime<Utc>> = row::value(found, "tested_at")?;
    let by = row::parsed_if_any(found, "tested_by")?;
    let claims: Option<Value> = row::value(found, "tested_claims")?;
    Ok(at
        .zip(by)
        .zip(claims)
        .map(|((at, by), claims)| TestedLogin { at, by, claims }))
}
