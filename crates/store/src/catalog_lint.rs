//! Proves the rules of the schema against the catalog, one row for each defect.

use std::fmt;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

use crate::{DatabaseUrl, StoreError, row};

const RULES: &str = include_str!("catalog_lint.sql");

/// One defect: which rule, and which object breaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// E.g. `L03 row-level security off`.
    pub rule: String,
    pub object: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.rule, self.object)
    }
}

/// Everything in the database that breaks a rule; a sound schema answers nothing. Any role of ours may ask.
pub async fn lint(url: &DatabaseUrl) -> Result<Vec<Finding>, StoreError> {
    let mut connection = PgConnectOptions::from_str(url.expose())?.connect().await?;
    let findings = findings(&mut connection).await?;
    connection.close().await?;
    Ok(findings)
}

pub(crate) async fn findings(connection: &mut PgConnection) -> Result<Vec<Finding>, StoreError> {
    let mut tx = connection.begin().await?;
    // Names come out qualified, whatever the path of the role is.
    tx.execute("set local search_path = ''").await?;
    let rows = sqlx::query(RULES)
        .persistent(false)
        .fetch_all(&mut *tx)
        .await?;
    tx.rollback().await?;
    rows.iter()
        .map(|found| {
            Ok(Finding {
                rule: row::value(found, "rule")?,
                object: row::value(found, "object")?,
            })
        })
        .collect()
}
