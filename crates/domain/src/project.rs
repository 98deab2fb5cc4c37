//! Projects: the example of a tenant-scoped resource that a team copies for its own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 1 to 80 characters, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProjectName {
    #[error("a project's name has 1 to 80 characters")]
    Length,
    #[error("a project's name has no control characters")]
    Character,
}

impl InvalidProjectName {
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "name_length",
            Self::Character => "name_character",
        }
    }
}

impl TryFrom<String> for ProjectName {
    type Error = InvalidProjectName;
    fn try_from(text: String) -> Result<Self, InvalidProjectName> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(InvalidProjectName::Character);
        }
        if (1..=80).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidProjectName::Length)
        }
    }
}

impl FromStr for ProjectName {
    type Err = InvalidProjectName;
    fn from_str(text: &str) -> Result<Self, InvalidProjectName> {
        text.to_owned().try_into()
    }
}

impl From<ProjectName> for String {
    fn from(name: ProjectName) -> Self {
        name.0
    }
}

impl AsRef<str> for ProjectName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
