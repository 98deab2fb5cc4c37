//! How an organization looks where its members log in.

use serde::{Deserialize, Serialize};

use crate::parsed_text::parsed_text;

/// Both are optional, the two colours only together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Branding {
    pub logo_url: Option<LogoUrl>,
    pub colors: Option<BrandColors>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrandColors {
    pub primary: Color,
    pub page_background: Color,
}

/// An https address of at most 1024 visible ASCII characters, with a host and without credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogoUrl(String);
parsed_text!(LogoUrl, InvalidLogoUrl);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLogoUrl {
    #[error("The address must begin with https://.")]
    NotHttps,
    #[error("The address is longer than 1024 characters.")]
    TooLong,
    #[error("The address has no host, or something before it.")]
    Host,
    #[error("The address has a character that must be percent-encoded.")]
    Character,
}

impl InvalidLogoUrl {
    pub fn code(self) -> &'static str {
        match self {
            Self::NotHttps => "not_https",
            Self::TooLong => "too_long",
            Self::Host => "invalid_host",
            Self::Character => "invalid_character",
        }
    }
}

impl LogoUrl {
    pub const MAX_CHARS: usize = 1024;

    fn check(url: &str) -> Result<&str, InvalidLogoUrl> {
        // These end an attribute or a style where the address is put into a page.
        let is_unsafe = |byte: u8| !byte.is_ascii_graphic() || b"\"'<>\\^`{|}()".contains(&byte);
        let rest = url
            .strip_prefix("https://")
            .ok_or(InvalidLogoUrl::NotHttps)?;
        if url.len() > Self::MAX_CHARS {
            return Err(InvalidLogoUrl::TooLong);
        }
        if url.bytes().any(is_unsafe) {
            return Err(InvalidLogoUrl::Character);
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.split(':').next().unwrap_or_default();
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        let named = host.bytes().any(|byte| byte.is_ascii_alphanumeric());
        if authority.contains('@') || !named || !host.bytes().all(is_host) {
            return Err(InvalidLogoUrl::Host);
        }
        Ok(url)
    }
}

/// `#RGB` or `#RRGGBB`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color(String);
parsed_text!(Color, InvalidColor);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A colour is written like #0059d6 or #05d.")]
pub struct InvalidColor;

impl Color {
    fn check(color: &str) -> Result<&str, InvalidColor> {
        let digits = color.strip_prefix('#').ok_or(InvalidColor)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && matches!(digits.len(), 3 | 6) {
            Ok(color)
        } else {
            Err(InvalidColor)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_a_plain_https_address() {
        for good in [
            "https://cdn.example.com/logo.png",
            "https://example.com:8443/a%20b?size=2#x",
        ] {
            assert_eq!(good.parse::<LogoUrl>().unwrap().as_ref(), good);
        }
        for (bad, reason) in [
            ("http://example.com/logo.png", InvalidLogoUrl::NotHttps),
            ("javascript:alert(1)", InvalidLogoUrl::NotHttps),
            ("HTTPS://example.com/", InvalidLogoUrl::NotHttps),
            ("https://", InvalidLogoUrl::Host),
            ("https:///logo.png", InvalidLogoUrl::Host),
            ("https://ada:secret@example.com/", InvalidLogoUrl::Host),
            ("https://example.com/\"onload=x", InvalidLogoUrl::Character),
            ("https://example.com/a b", InvalidLogoUrl::Character),
            ("https://example.com/\n", InvalidLogoUrl::Character),
        ] {
            assert_eq!(bad.parse::<LogoUrl>(), Err(reason), "{bad}");
        }
        let long = format!("https://example.com/{}", "a".repeat(1024));
        assert_eq!(long.parse::<LogoUrl>(), Err(InvalidLogoUrl::TooLong));
    }

    #[test]
    fn a_colour_has_three_or_six_hex_digits() {
        for good in ["#0059d6", "#FFF", "#abc"] {
            assert!(good.parse::<Color>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "#",
            "0059d6",
            "#0059d",
            "#0059d6ff",
            "#ggg",
            "red",
            "#ééé",
        ] {
            assert_eq!(bad.parse::<Color>(), Err(InvalidColor), "{bad}");
        }
    }
}
