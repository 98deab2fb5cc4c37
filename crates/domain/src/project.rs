//! Projects, the example of a resource that belongs to a tenant.

use serde::{Deserialize, Serialize};

use crate::parsed_text::parsed_text;

/// 1 to 80 characters after trimming, without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(String);
parsed_text!(ProjectName, InvalidProjectName);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProjectName {
    #[error("The name is empty.")]
    Empty,
    #[error("The name is longer than 80 characters.")]
    TooLong,
    #[error("The name may not contain line breaks or other control characters.")]
    ControlCharacter,
}

impl InvalidProjectName {
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::ControlCharacter => "invalid_character",
        }
    }
}

impl ProjectName {
    pub const MAX_CHARS: usize = 80;

    fn check(name: &str) -> Result<&str, InvalidProjectName> {
        let name = name.trim();
        if name.is_empty() {
            return Err(InvalidProjectName::Empty);
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(InvalidProjectName::TooLong);
        }
        if name.chars().any(char::is_control) {
            return Err(InvalidProjectName::ControlCharacter);
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_trimmed_and_bounded() {
        assert_eq!(
            "  Apollo ".parse::<ProjectName>().unwrap().as_ref(),
            "Apollo"
        );
        assert!("é".repeat(80).parse::<ProjectName>().is_ok());
        assert_eq!(
            "é".repeat(81).parse::<ProjectName>(),
            Err(InvalidProjectName::TooLong)
        );
        assert_eq!(" \n".parse::<ProjectName>(), Err(InvalidProjectName::Empty));
        assert_eq!(
            "a\0b".parse::<ProjectName>(),
            Err(InvalidProjectName::ControlCharacter)
        );
    }
}
