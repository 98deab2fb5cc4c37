//! How a store is reached: the connection string, and the database role it must turn out to be.

use std::fmt;

/// A Postgres connection string. Holds a password, so it never shows itself.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The string itself, for whoever has to hand it on.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl From<&str> for DatabaseUrl {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(redacted)")
    }
}

/// The login roles of the product. Each owns nothing and is bound by row-level security.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseRole {
    /// Requests: tenant tables and the look-ups before a tenant is known.
    Api,
    /// Jobs: what the API has, plus the queue and the sweep.
    Worker,
    /// Webhook intake: may store an event, may read nothing.
    Inbox,
    /// The back office: may look organizations up across tenants, through the functions for that and nothing else.
    Platform,
}

impl DatabaseRole {
    pub const ALL: [Self; 4] = [Self::Api, Self::Worker, Self::Inbox, Self::Platform];

    /// The name of the role in Postgres.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "tenantry_api",
            Self::Worker => "tenantry_worker",
            Self::Inbox => "tenantry_inbox",
            Self::Platform => "tenantry_platform",
        }
    }
}

/// One store is one pool, and one pool is one database role.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    pub url: DatabaseUrl,
    pub role: DatabaseRole,
    pub max_connections: u32,
    /// True when a transaction-mode pooler stands between: statements are then not kept prepared.
    pub poolers: bool,
}
