//! What can break in the store, sorted by what a caller does about it.

use crate::boot::BootRefusal;
use crate::catalog_lint::Finding;

/// Absence is never an error here: look-ups answer `Option`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection, or it was lost. A commit that fails so may have happened.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// Serialization failure, deadlock or lock time-out (40001, 40P01, 55P03): run the transaction again.
    #[error("the transaction lost against another one")]
    Contended(#[source] sqlx::Error),
    /// A unique key is taken (23505). The name has no shard number at its end.
    #[error("taken: {constraint}")]
    Taken { constraint: String },
    /// A check, a foreign key or a policy forbids the row (23503, 23514, 42501).
    #[error("forbidden by {rule}")]
    Forbidden { rule: String },
    /// The row was changed since it was read.
    #[error("the row was changed by somebody else")]
    Stale,
    /// No organization is bound, or a second one was to be bound (28000).
    #[error("no tenant, or a second one, in this transaction")]
    Tenant(#[source] sqlx::Error),
    /// A statement of this transaction failed or was abandoned, so it cannot be committed.
    #[error("a statement before the commit did not succeed")]
    Unsettled,
    /// A stored value is not one of ours.
    #[error("column {column} holds what this version cannot read")]
    Unreadable { column: &'static str },
    /// The database or the role is not safe to serve from.
    #[error("refusing to start: {}", list(.0))]
    Boot(Vec<BootRefusal>),
    /// The catalog breaks a rule of the schema.
    #[error("the schema breaks its rules: {}", list(.0))]
    Lint(Vec<Finding>),
    #[error("a migration failed")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("not a Postgres URL")]
    InvalidUrl(#[from] url::ParseError),
    /// The task that shields a transaction from cancellation died.
    #[error("the database task did not finish")]
    Task(#[from] tokio::task::JoinError),
    /// Anything else: a bug or a broken database.
    #[error("the database refused a statement")]
    Broken(#[source] sqlx::Error),
}

fn list<T: std::fmt::Display>(items: &[T]) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return match error {
                // Protocol: what a proxy says that has no server behind it any more.
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
                _ => Self::Broken(error),
            };
        };
        let constraint =
            without_shard_number(database.constraint().unwrap_or("a policy")).to_owned();
        match database.code().as_deref().unwrap_or_default() {
            "40001" | "40P01" | "55P03" => Self::Contended(error),
            "23505" => Self::Taken { constraint },
            "23503" | "23514" | "42501" => Self::Forbidden { rule: constraint },
            "28000" => Self::Tenant(error),
            // Connection lost, server going down, out of resources; a time limit of the role was reached.
            "57014" | "25P03" => Self::Unavailable(error),
            code if ["08", "53", "57P"]
                .iter()
                .any(|class| code.starts_with(class)) =>
            {
                Self::Unavailable(error)
            }
            _ => Self::Broken(error),
        }
    }
}

/// Citus names a shard's constraint `<name>_<shard number>`; ours never end in a number.
fn without_shard_number(constraint: &str) -> &str {
    match constraint.rsplit_once('_') {
        Some((name, tail)) if !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => constraint,
    }
}

#[cfg(test)]
mod tests {
    use super::without_shard_number;

    #[test]
    fn a_numeric_tail_is_not_part_of_the_name() {
        assert_eq!(
            without_shard_number("projects_pkey_102180"),
            "projects_pkey"
        );
        assert_eq!(without_shard_number("projects_pkey"), "projects_pkey");
        assert_eq!(without_shard_number("projects_"), "projects_");
    }
}
