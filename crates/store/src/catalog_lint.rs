//! Proves the rules of the schema against the catalog, one row for each defect.

use std::fmt;

use crate::{DatabaseUrl, StoreError};

/// One defect: which rule, and which object breaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: String,
    pub object: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.rule, self.object)
    }
}

/// Everything in the database that breaks a rule; a sound schema answers nothing.
pub async fn lint(_url: &DatabaseUrl) -> Result<Vec<Finding>, StoreError> {
    todo!()
}
