//! One connection string for each database role. A process is given only those that it needs.

use secrecy::ExposeSecret;
use store::{DatabaseRole, DatabaseUrl, RolePasswords};
use url::Url;
use uuid::Uuid;

use super::reader::{self, ConfigError, Reader};
use super::{PRODUCTION, environment};

#[derive(Debug, Clone, Default)]
pub struct Database {
    /// `DATABASE_URL`: as `tenantry_api`; for `serve`.
    pub api: Option<DatabaseUrl>,
    /// `DATABASE_INBOX_URL`: as `tenantry_inbox`; for `serve`.
    pub inbox: Option<DatabaseUrl>,
    /// `DATABASE_WORKER_URL`: as `tenantry_worker`; for `work`.
    pub worker: Option<DatabaseUrl>,
    /// `DATABASE_PLATFORM_URL`: as `tenantry_platform`; for `serve` where it has a back office, `/v1/platform`.
    pub platform: Option<DatabaseUrl>,
    /// `DATABASE_ADMIN_URL`: may create roles; for `migrate`, nowhere else.
    pub admin: Option<DatabaseUrl>,
    /// `DATABASE_MAX_CONNECTIONS`: for each role, 1 to 500, default 10.
    pub max_connections: u32,
    /// `DATABASE_POOLER`: `true` when a transaction-mode pooler stands between, default `false`.
    pub pooler: bool,
}

impl Database {
    /// Missing connection strings are told by whoever needs them.
    pub(super) fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            api: connection_string(reader, "DATABASE_URL")?,
            inbox: connection_string(reader, "DATABASE_INBOX_URL")?,
            worker: connection_string(reader, "DATABASE_WORKER_URL")?,
            platform: connection_string(reader, "DATABASE_PLATFORM_URL")?,
            admin: connection_string(reader, "DATABASE_ADMIN_URL")?,
            max_connections: reader.number("DATABASE_MAX_CONNECTIONS", 10, 1..=500)?,
            pooler: reader.flag("DATABASE_POOLER")?,
        })
    }

    /// Only the database's variables, for `migrate`.
    ///
    /// # Errors
    /// A connection string is malformed.
    pub fn from_process() -> Result<Self, ConfigError> {
        let environment = environment(&Reader::new(&reader::process, false))?;
        let production = environment.as_deref() == Some(PRODUCTION);
        Self::read(&Reader::new(&reader::process, production))
    }

    /// # Errors
    /// `DATABASE_URL` is not set.
    pub fn api(&self) -> Result<&DatabaseUrl, ConfigError> {
        self.api
            .as_ref()
            .ok_or_else(|| ConfigError::missing("DATABASE_URL"))
    }

    /// # Errors
    /// `DATABASE_INBOX_URL` is not set.
    pub fn inbox(&self) -> Result<&DatabaseUrl, ConfigError> {
        self.inbox
            .as_ref()
            .ok_or_else(|| ConfigError::missing("DATABASE_INBOX_URL"))
    }

    /// # Errors
    /// `DATABASE_WORKER_URL` is not set.
    pub fn worker(&self) -> Result<&DatabaseUrl, ConfigError> {
        self.worker
            .as_ref()
            .ok_or_else(|| ConfigError::missing("DATABASE_WORKER_URL"))
    }

    /// # Errors
    /// `DATABASE_ADMIN_URL` is not set.
    pub fn admin(&self) -> Result<&DatabaseUrl, ConfigError> {
        self.admin
            .as_ref()
            .ok_or_else(|| ConfigError::missing("DATABASE_ADMIN_URL"))
    }

    /// Where the connection string of a role stands.
    pub(crate) fn variable(role: DatabaseRole) -> &'static str {
        match role {
            DatabaseRole::Api => "DATABASE_URL",
            DatabaseRole::Inbox => "DATABASE_INBOX_URL",
            DatabaseRole::Worker => "DATABASE_WORKER_URL",
            DatabaseRole::Platform => "DATABASE_PLATFORM_URL",
        }
    }

    /// The passwords in the roles' connection strings. The migrator gets a new one each time: it only logs in from here.
    ///
    /// # Errors
    /// A connection string is not set or has no password.
    pub fn role_passwords(&self) -> Result<RolePasswords, ConfigError> {
        Ok(RolePasswords {
            migrator: format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
            api: password(self.api()?, "DATABASE_URL")?,
            worker: password(self.worker()?, "DATABASE_WORKER_URL")?,
            inbox: password(self.inbox()?, "DATABASE_INBOX_URL")?,
            platform: match &self.platform {
                None => None,
                Some(platform) => Some(password(platform, "DATABASE_PLATFORM_URL")?),
            },
        })
    }
}

fn connection_string(
    reader: &Reader<'_>,
    variable: &'static str,
) -> Result<Option<DatabaseUrl>, ConfigError> {
    let Some(text) = reader.optional_secret(variable)? else {
        return Ok(None);
    };
    let text = text.expose_secret();
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "postgres" | "postgresql"))
        .ok_or_else(|| ConfigError::new(variable, "must begin postgres://"))?;
    if reader.production() && !is_safe(&url) {
        let rule = "must say sslmode=verify-full, verify-ca or require in production; sslmode=disable where nobody else is \
                    in the network";
        return Err(ConfigError::new(variable, rule));
    }
    Ok(Some(DatabaseUrl::from(text.to_owned())))
}

/// Encrypted whatever the server says, or not because somebody has decided so.
fn is_safe(url: &Url) -> bool {
    let values = |names: &'static [&str]| {
        let pairs = url.query_pairs();
        pairs.filter(move |(name, _)| names.contains(&&**name))
    };
    let mut modes = values(&["sslmode", "ssl-mode"]);
    let decided = ["verify-full", "verify-ca", "require", "disable"];
    // The last one counts.
    let is_decided = modes
        .by_ref()
        .last()
        .is_some_and(|(_, mode)| decided.contains(&&*mode));
    // A path is that of a socket.
    let is_socket = |host: &str| host.starts_with('/');
    let mut others = values(&["host", "hostaddr"]);
    let is_near = url
        .host_str()
        .is_none_or(|host| host.is_empty() || reader::is_here(host))
        && others.all(|(_, host)| is_socket(&host) || reader::is_here(&host));
    is_decided || is_near
}

fn password(url: &DatabaseUrl, variable: &'static str) -> Result<String, ConfigError> {
    let url = Url::parse(url.expose()).map_err(|_| ConfigError::new(variable, "must be a URL"))?;
    url.password()
        .and_then(|password| {
            percent_encoding::percent_decode_str(password)
                .decode_utf8()
                .ok()
        })
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| ConfigError::new(variable, "must contain a password"))
}

#[cfg(test)]
mod tests;
