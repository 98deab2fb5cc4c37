//! What an organization may be called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Unique in the tenant; in links and tokens. Auth0's rule is
/// `^(?!org_)[a-z0-9]([a-z0-9-_]*[a-z0-9])?$` with 1 to 50 characters; new ones need 3.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganizationName(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrganizationName {
    #[error("a name has {min} to 50 characters")]
    Length { min: usize },
    #[error("a name has only a-z, 0-9, - and _")]
    Character,
    #[error("a name begins and ends with a letter or a digit")]
    Edge,
    #[error("a name does not begin with org_")]
    Prefix,
}

impl InvalidOrganizationName {
    pub fn code(self) -> &'static str {
        match self {
            Self::Length { .. } => "name_length",
            Self::Character => "name_character",
            Self::Edge => "name_edge",
            Self::Prefix => "name_prefix",
        }
    }
}

impl OrganizationName {
    /// The name of an organization that exists in Auth0 already, where one character is enough.
    pub fn imported(text: String) -> Result<Self, InvalidOrganizationName> {
        Self::checked(text, 1)
    }

    fn checked(text: String, min: usize) -> Result<Self, InvalidOrganizationName> {
        if !text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
        {
            return Err(InvalidOrganizationName::Character);
        }
        if !(min..=50).contains(&text.len()) {
            return Err(InvalidOrganizationName::Length { min });
        }
        if text.starts_with("org_") {
            return Err(InvalidOrganizationName::Prefix);
        }
        if text.starts_with(['-', '_']) || text.ends_with(['-', '_']) {
            return Err(InvalidOrganizationName::Edge);
        }
        Ok(Self(text))
    }
}

impl TryFrom<String> for OrganizationName {
    type Error = InvalidOrganizationName;
    fn try_from(text: String) -> Result<Self, InvalidOrganizationName> {
        Self::checked(text, 3)
    }
}

/// What people read: 1 to 64 characters, no markup, no address, nothing that turns text around.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDisplayName {
    #[error("a display name has 1 to 64 characters")]
    Length,
    #[error("a display name has no control or direction characters and no < or >")]
    Character,
    #[error("a display name is no address")]
    Address,
}

impl InvalidDisplayName {
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "display_name_length",
            Self::Character => "display_name_character",
            Self::Address => "display_name_address",
        }
    }
}

impl TryFrom<String> for DisplayName {
    type Error = InvalidDisplayName;
    fn try_from(text: String) -> Result<Self, InvalidDisplayName> {
        let text = text.trim();
        if text
            .chars()
            .any(|c| c.is_control() || is_invisible(c) || matches!(c, '<' | '>'))
        {
            return Err(InvalidDisplayName::Character);
        }
        if text.contains("://") || text.to_ascii_lowercase().contains("www.") {
            return Err(InvalidDisplayName::Address);
        }
        if (1..=64).contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidDisplayName::Length)
        }
    }
}

/// Direction overrides and isolates, zero-width characters and line separators.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

macro_rules! text {
    ($($name:ident, $error:ident;)+) => {$(
        impl FromStr for $name {
            type Err = $error;
            fn from_str(text: &str) -> Result<Self, $error> { text.to_owned().try_into() }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self { name.0 }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    )+};
}

text! {
    OrganizationName, InvalidOrganizationName;
    DisplayName, InvalidDisplayName;
}
