//! Reads columns into domain types; what does not parse was not written by us.

use std::str::FromStr;

use domain::DisplayName;
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row, Type};

use crate::StoreError;

pub(crate) fn value<T>(row: &PgRow, column: &'static str) -> Result<T, StoreError>
where
    T: for<'r> Decode<'r, Postgres> + Type<Postgres>,
{
    Ok(row.try_get(column)?)
}

pub(crate) fn parsed<T: FromStr>(row: &PgRow, column: &'static str) -> Result<T, StoreError> {
    parse(&value::<String>(row, column)?, column)
}

pub(crate) fn parsed_if_any<T: FromStr>(
    row: &PgRow,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    value::<Option<String>>(row, column)?
        .map(|text| parse(&text, column))
        .transpose()
}

/// Not judged anew: the rules may be stricter than when it was taken.
pub(crate) fn display_name(row: &PgRow) -> Result<Option<DisplayName>, StoreError> {
    let name: Option<String> = value(row, "display_name")?;
    Ok(name.map(DisplayName::kept))
}

pub(crate) fn parsed_list<T: FromStr>(
    row: &PgRow,
    column: &'static str,
) -> Result<Vec<T>, StoreError> {
    value::<Vec<String>>(row, column)?
        .iter()
        .map(|text| parse(text, column))
        .collect()
}

/// Postgres has no unsigned integers.
pub(crate) fn count(row: &PgRow, column: &'static str) -> Result<u32, StoreError> {
    u32::try_from(value::<i32>(row, column)?).map_err(|_| StoreError::Unreadable { column })
}

fn parse<T: FromStr>(text: &str, column: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable { column })
}
