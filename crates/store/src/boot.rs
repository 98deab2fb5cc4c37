//! Refuses to serve from a database or as a role that could see past row-level security.

/// Why the store would not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BootRefusal {
    #[error("the connection is role {found}, not {expected}")]
    WrongRole {
        expected: &'static str,
        found: String,
    },
    #[error("the role is a superuser")]
    Superuser,
    #[error("the role bypasses row-level security")]
    BypassesRowSecurity,
    #[error("the role may create roles or databases, or replicate")]
    Administrator,
    #[error("the role is a member of {0}")]
    Member(String),
    #[error("the role owns {0}")]
    Owner(String),
    #[error("row_security is off")]
    RowSecurityOff,
    #[error("set_config is executable")]
    SetConfigExecutable,
    #[error(
        "server version {0} has a known leak through row-level security (15.14, 16.10, 17.6 or newer is needed)"
    )]
    ServerVersion(i32),
    #[error("the schema breaks its rules: {0}")]
    Lint(String),
}
