//! What an organization may be called in links; what people read is its [display name](crate::display_name).

use serde::{Deserialize, Serialize};

use crate::parsed_text::parsed_text;

/// The name in links and at Auth0: 3 to 50 of `a-z 0-9 - _`, first and last a letter or digit, not beginning `org_`.
/// Shorter ones exist only when [imported](Self::imported).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganizationName(String);
parsed_text!(OrganizationName, InvalidOrganizationName);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrganizationName {
    #[error("The name is shorter than {min} characters.")]
    TooShort { min: usize },
    #[error("The name is longer than 50 characters.")]
    TooLong,
    #[error("The name may contain only lower-case letters a to z, digits, `-` and `_`.")]
    Character,
    #[error("The name must begin with a letter or a digit.")]
    Beginning,
    #[error("The name must end with a letter or a digit.")]
    End,
    #[error("The name may not begin with `org_`, which is how ids begin.")]
    LooksLikeId,
}

impl InvalidOrganizationName {
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong => "too_long",
            Self::Character => "invalid_character",
            Self::Beginning => "invalid_beginning",
            Self::End => "invalid_end",
            Self::LooksLikeId => "reserved_prefix",
        }
    }
}

impl OrganizationName {
    pub const MIN_CHARS: usize = 3;
    pub const MAX_CHARS: usize = 50;

    /// Auth0 itself also allows 1 and 2 characters; an organization that comes from elsewhere keeps such a name.
    ///
    /// # Errors
    /// Every other rule of the name holds here too.
    pub fn imported(name: String) -> Result<Self, InvalidOrganizationName> {
        check_name(&name, 1)?;
        Ok(Self(name))
    }

    fn check(name: &str) -> Result<&str, InvalidOrganizationName> {
        check_name(name, Self::MIN_CHARS)?;
        Ok(name)
    }
}

/// Auth0's own pattern is `^(?!org_)[a-z0-9]([a-z0-9-_]*[a-z0-9])?$` (Management API, organizations).
fn check_name(name: &str, min: usize) -> Result<(), InvalidOrganizationName> {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let is_outer = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    if !name.bytes().all(is_allowed) {
        return Err(InvalidOrganizationName::Character);
    }
    if name.len() < min {
        return Err(InvalidOrganizationName::TooShort { min });
    }
    if name.len() > OrganizationName::MAX_CHARS {
        return Err(InvalidOrganizationName::TooLong);
    }
    if !is_outer(name.bytes().next()) {
        return Err(InvalidOrganizationName::Beginning);
    }
    if !is_outer(name.bytes().last()) {
        return Err(InvalidOrganizationName::End);
    }
    if name.starts_with("org_") {
        return Err(InvalidOrganizationName::LooksLikeId);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<String, InvalidOrganizationName> {
        text.parse::<OrganizationName>().map(String::from)
    }

    #[test]
    fn name_follows_auth0s_pattern() {
        for right in [
            "abc",
            "a-b",
            "a_b",
            "0rg",
            "org-acme",
            "organic",
            &"a".repeat(50),
        ] {
            assert_eq!(name(right).as_deref(), Ok(right));
        }
    }

    #[test]
    fn invalid_name_says_what_is_wrong() {
        use InvalidOrganizationName::{Beginning, Character, End, LooksLikeId, TooLong, TooShort};
        assert_eq!(name(""), Err(TooShort { min: 3 }));
        assert_eq!(name("ab"), Err(TooShort { min: 3 }));
        assert_eq!(name(&"a".repeat(51)), Err(TooLong));
        assert_eq!(name("-ab"), Err(Beginning));
        assert_eq!(name("ab_"), Err(End));
        assert_eq!(name("org_ab"), Err(LooksLikeId));
        for wrong in ["Acme", "ac me", "acmé", "ac.me", "acme\n", "acme\0"] {
            assert_eq!(name(wrong), Err(Character), "{wrong:?}");
        }
    }

    #[test]
    fn imported_name_may_be_short_but_not_otherwise_wrong() {
        assert!(OrganizationName::imported("a".into()).is_ok());
        let empty = OrganizationName::imported(String::new());
        assert_eq!(empty, Err(InvalidOrganizationName::TooShort { min: 1 }));
        let upper = OrganizationName::imported("A".into());
        assert_eq!(upper, Err(InvalidOrganizationName::Character));
    }
}
