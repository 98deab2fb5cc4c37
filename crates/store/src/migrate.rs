//! Brings a database to this version: roles, migrations, then the lint.

use crate::{DatabaseUrl, RolePasswords, StoreError};

/// What `migrate` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// Descriptions of the migrations that were applied now, in order.
    pub applied: Vec<String>,
    /// Version of the newest migration in the database.
    pub version: i64,
}

/// Creates the roles as the administrator (idempotent), applies the migrations as the owner, then proves the rules of
/// the schema; a finding is [`StoreError::Lint`].
pub async fn migrate(
    _admin_url: &DatabaseUrl,
    _passwords: &RolePasswords,
) -> Result<MigrationReport, StoreError> {
    todo!()
}

/// Creates the database if it is not there; answers the administrator's connection string to it.
pub async fn ensure_database(
    _admin_url: &DatabaseUrl,
    _name: &str,
) -> Result<DatabaseUrl, StoreError> {
    todo!()
}
