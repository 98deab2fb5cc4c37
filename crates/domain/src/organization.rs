//! What an organization may be called: the name that is part of links, and the name that people read.

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

/// The name that people read, in mails and on login pages: 1 to 64 characters after trimming.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);
parsed_text!(DisplayName, InvalidDisplayName);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDisplayName {
    #[error("The display name is empty.")]
    Empty,
    #[error("The display name is longer than 64 characters.")]
    TooLong,
    #[error("The display name must contain a letter or a digit.")]
    NothingToRead,
    #[error(
        "The display name may not contain line breaks, control characters or invisible characters."
    )]
    Invisible,
    #[error("The display name may not contain `<` or `>`.")]
    Markup,
    #[error("The display name may not contain a web address.")]
    Url,
}

impl InvalidDisplayName {
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NothingToRead => "nothing_to_read",
            Self::Invisible | Self::Markup => "invalid_character",
            Self::Url => "contains_url",
        }
    }
}

impl DisplayName {
    pub const MAX_CHARS: usize = 64;

    fn check(name: &str) -> Result<&str, InvalidDisplayName> {
        let name = name.trim();
        if name.is_empty() {
            return Err(InvalidDisplayName::Empty);
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(InvalidDisplayName::TooLong);
        }
        if name.chars().any(is_deceptive) {
            return Err(InvalidDisplayName::Invisible);
        }
        if name.contains(['<', '>']) {
            return Err(InvalidDisplayName::Markup);
        }
        if looks_like_url(name) {
            return Err(InvalidDisplayName::Url);
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err(InvalidDisplayName::NothingToRead);
        }
        Ok(name)
    }
}

/// Characters that reorder or hide text (Unicode UTS 39, UAX 9): a name that reads as another one in a mail from us.
/// The joiners U+200C and U+200D stay allowed, since Persian, Indic scripts and emoji need them.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'
            | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `Booking.com` is a name; `https://…` and `www.…` are what mail programs turn into links.
fn looks_like_url(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower.contains("://") || lower.contains("www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Result<String, InvalidOrganizationName> {
        text.parse::<OrganizationName>().map(String::from)
    }

    fn display_name(text: &str) -> Result<String, InvalidDisplayName> {
        text.parse::<DisplayName>().map(String::from)
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

    #[test]
    fn display_name_is_trimmed() {
        assert_eq!(
            display_name("  Acme & Söhne \n").as_deref(),
            Ok("Acme & Söhne")
        );
    }

    #[test]
    fn display_name_takes_any_script() {
        for right in [
            "アクメ株式会社",
            "شرکت می‌خواهم",
            "Booking.com",
            "4",
            "Acme 🚀",
        ] {
            assert_eq!(display_name(right).as_deref(), Ok(right));
        }
    }

    #[test]
    fn display_name_counts_characters_not_bytes() {
        assert!(display_name(&"é".repeat(64)).is_ok());
        assert_eq!(
            display_name(&"é".repeat(65)),
            Err(InvalidDisplayName::TooLong)
        );
    }

    #[test]
    fn invalid_display_name_says_what_is_wrong() {
        use InvalidDisplayName::{Empty, Invisible, Markup, NothingToRead, Url};
        assert_eq!(display_name(" "), Err(Empty));
        assert_eq!(display_name("***"), Err(NothingToRead));
        assert_eq!(display_name("Acme\r\nBcc: x"), Err(Invisible));
        assert_eq!(display_name("Acme\u{202e}emcA"), Err(Invisible));
        assert_eq!(display_name("Ac\u{200b}me"), Err(Invisible));
        assert_eq!(display_name("<b>Acme"), Err(Markup));
        assert_eq!(display_name("Pay at HTTPS://evil.example"), Err(Url));
        assert_eq!(display_name("WWW.evil.example"), Err(Url));
    }
}
