//! The database roles: who owns, who migrates, who serves.

use std::fmt;

use crate::{DatabaseRole, DatabaseUrl};

/// The passwords that `migrate` gives to the login roles.
#[derive(Clone)]
pub struct RolePasswords {
    pub migrator: String,
    pub api: String,
    pub worker: String,
    pub inbox: String,
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
        }
    }
}

/// The administrator's connection string with the user and password of a product role in it.
pub fn role_url(
    _admin_url: &DatabaseUrl,
    _role: DatabaseRole,
    _passwords: &RolePasswords,
) -> Result<DatabaseUrl, crate::StoreError> {
    todo!()
}
