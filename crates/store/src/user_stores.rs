//! Where an organization's people have their passwords, as it is wanted and as far as Auth0 has followed.

use chrono::{DateTime, Utc};
use domain::{StoreUse, UserStoreKind, UserStoreState};

use crate::{StoreError, TenantTx, row};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserStore {
    pub kind: UserStoreKind,
    pub state: UserStoreState,
    /// Why it failed.
    pub failure: Option<String>,
    /// Of the organization's own connection, whether it exists or not.
    pub connection_name: String,
    pub updated_at: DateTime<Utc>,
    /// 0 before it is stored; the store raises it on save.
    pub version: i64,
}

impl TenantTx {
    /// None where nothing but the shared store was ever wanted.
    pub async fn user_store(&mut self) -> Result<Option<UserStore>, StoreError> {
        let found = self.statement(
            "select kind, state, failure, connection_name, updated_at, version from app.user_stores where org_id = $1",
        );
        let Some(found) = self.fetch_optional(found).await? else {
            return Ok(None);
        };
        Ok(Some(UserStore {
            kind: row::parsed(&found, "kind")?,
            state: row::parsed(&found, "state")?,
            failure: row::value(&found, "failure")?,
            connection_name: row::value(&found, "connection_name")?,
            updated_at: row::value(&found, "updated_at")?,
            version: row::value(&found, "version")?,
        }))
    }

    /// Inserts (version 0) or replaces it; the connection's name stays. [`StoreError::Stale`] unless the version is the
    /// stored one.
    pub async fn save_user_store(&mut self, store: &UserStore) -> Result<(), StoreError> {
        let save = self
            .statement(
                "insert into app.user_stores as s (org_id, kind, state, failure, connection_name, updated_at) \
                 values ($1, $2, $3, $4, $5, $6) on conflict (org_id) do update set kind = excluded.kind, \
                 state = excluded.state, failure = excluded.failure, updated_at = excluded.updated_at, \
                 version = s.version + 1 where s.org_id = $1 and s.version = $7",
            )
            .bind(store.kind.as_str())
            .bind(store.state.as_str())
            .bind(store.failure.clone())
            .bind(store.connection_name.clone())
            .bind(store.updated_at)
            .bind(store.version);
        match self.execute(save).await? {
            0 => Err(StoreError::Stale),
            _ => Ok(()),
        }
    }

    /// Members by the store that they log in through; those of whom we do not know it count as the shared one's. Whoever is
    /// blocked administers nothing.
    pub async fn store_use(&mut self, connection_name: &str) -> Result<StoreUse, StoreError> {
        let used = self
            .statement(
                "select count(*) filter (where admin)::integer as admins, \
                 count(*) filter (where password and not own)::integer as shared, \
                 count(*) filter (where password and not own and admin)::integer as shared_admins, \
                 count(*) filter (where own)::integer as own, count(*) filter (where own and admin)::integer as own_admins \
                 from (select 'org_admin' = any (roles) and not ops.is_blocked(issuer, user_id) as admin, \
                 user_id like 'auth0|%' as password, coalesce(connection = $2, false) as own from app.memberships where org_id = $1) as members",
            )
            .bind(connection_name.to_owned());
        let found = self.fetch_one(used).await?;
        Ok(StoreUse {
            admins: row::count(&found, "admins")?,
            shared: row::count(&found, "shared")?,
            shared_admins: row::count(&found, "shared_admins")?,
            own: row::count(&found, "own")?,
            own_admins: row::count(&found, "own_admins")?,
        })
    }
}
