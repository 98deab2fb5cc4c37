//! A database for each test, cloned from a migrated template and reached as the product's own roles.
//!
//! The cluster is `DATABASE_URL` (an administrator's) if that is set, else a Postgres of this process that dies with it.

use crate::{DatabaseRole, DatabaseUrl, Store};

/// Dropped when the value is, as well as that can be done.
pub struct TestDatabase {
    name: String,
}

impl TestDatabase {
    pub async fn create() -> Self {
        todo!()
    }

    pub fn url(&self, _role: DatabaseRole) -> DatabaseUrl {
        todo!()
    }

    /// The administrator's connection string to this database.
    pub fn admin_url(&self) -> DatabaseUrl {
        todo!()
    }

    /// A store of this database, with eight connections.
    pub async fn store(&self, _role: DatabaseRole) -> Store {
        todo!()
    }
}
