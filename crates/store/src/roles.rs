//! The database roles: who owns, who migrates, who serves.

use std::fmt;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;

use crate::{DatabaseRole, DatabaseUrl, StoreError, row};

pub(crate) const ROLES: &str = include_str!("roles.sql");

pub(crate) const MIGRATOR: &str = "tenantry_migrator";

/// The passwords that `migrate` gives to the login roles.
#[derive(Clone)]
pub struct RolePasswords {
    pub migrator: String,
    pub api: String,
    pub worker: String,
    pub inbox: String,
    /// None where there is no back office; its role then has no password to log in with.
    pub platform: Option<String>,
}

impl fmt::Debug for RolePasswords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RolePasswords(redacted)")
    }
}

impl RolePasswords {
    pub fn of(&self, role: DatabaseRole) -> &str {
        match role {
            DatabaseRole::Api => &self.api,
            DatabaseRole::Worker => &self.worker,
            DatabaseRole::Inbox => &self.inbox,
            DatabaseRole::Platform => self.platform.as_deref().unwrap_or_default(),
        }
    }

    fn each(&self) -> Vec<(&'static str, &str)> {
        let mut each = vec![
            (MIGRATOR, self.migrator.as_str()),
            (DatabaseRole::Api.name(), &self.api),
            (DatabaseRole::Worker.name(), &self.worker),
            (DatabaseRole::Inbox.name(), &self.inbox),
        ];
        let platform = self.platform.as_deref();
        each.extend(platform.map(|password| (DatabaseRole::Platform.name(), password)));
        each
    }
}

/// The administrator's connection string with the user and password of a product role in it.
pub fn role_url(
    admin_url: &DatabaseUrl,
    role: DatabaseRole,
    passwords: &RolePasswords,
) -> Result<DatabaseUrl, StoreError> {
    url_as(admin_url, role.name(), passwords.of(role))
}

pub(crate) fn url_as(
    admin_url: &DatabaseUrl,
    user: &str,
    password: &str,
) -> Result<DatabaseUrl, StoreError> {
    let mut url = Url::parse(admin_url.expose())?;
    // Only a URL without a host refuses them.
    let changed = url
        .set_username(user)
        .and_then(|()| url.set_password(Some(password)));
    changed.map_err(|()| StoreError::InvalidUrl(url::ParseError::EmptyHost))?;
    Ok(DatabaseUrl::from(String::from(url)))
}

/// Makes roles and schemas, and takes from everybody what would get around a policy. May be repeated.
pub(crate) async fn bootstrap(
    admin: &mut PgConnection,
    passwords: &RolePasswords,
) -> Result<(), StoreError> {
    let mut tx = admin.begin().await?;
    tx.execute(sqlx::raw_sql(ROLES)).await?;
    tx.commit().await?;
    set_passwords(admin, passwords).await
}

pub(crate) async fn set_passwords(
    admin: &mut PgConnection,
    passwords: &RolePasswords,
) -> Result<(), StoreError> {
    let mut tx = admin.begin().await?;
    // Roles belong to the whole cluster: another database may be given its passwords at this moment.
    tx.execute("lock table pg_catalog.pg_authid in share row exclusive mode")
        .await?;
    for (role, password) in passwords.each() {
        let statement =
            sqlx::query("select format('alter role %I password %L', $1, $2) as statement")
                .bind(role)
                .bind(password)
                .fetch_one(&mut *tx)
                .await?;
        let statement: String = row::value(&statement, "statement")?;
        // ALTER ROLE takes no parameter; the server has quoted both.
        tx.execute(AssertSqlSafe(statement)).await?;
    }
    tx.commit().await?;
    Ok(())
}
