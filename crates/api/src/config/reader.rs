//! Reads single variables and says which one is wrong.

use std::borrow::Cow;
use std::fs;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

/// Names the variable and the rule, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {rule}")]
pub struct ConfigError {
    pub variable: &'static str,
    pub rule: Cow<'static, str>,
}

impl ConfigError {
    pub fn new(variable: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        let rule = rule.into();
        Self { variable, rule }
    }

    pub fn missing(variable: &'static str) -> Self {
        Self::new(variable, "is not set")
    }
}

/// The process's own environment.
pub(super) fn process(variable: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    std::env::var(variable).ok()
}

pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    production: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>, production: bool) -> Self {
        Self { lookup, production }
    }

    pub(super) fn production(&self) -> bool {
        self.production
    }

    pub(super) fn optional(&self, variable: &'static str) -> Option<String> {
        (self.lookup)(variable).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, variable: &'static str) -> Result<String, ConfigError> {
        self.optional(variable)
            .ok_or_else(|| ConfigError::missing(variable))
    }

    /// The variable itself, or what is in the file that the variable with `_FILE` after its name names, as orchestrators
    /// mount secrets. A line break at the file's end is not part of it; an empty file counts as unset.
    pub(super) fn optional_secret(
        &self,
        variable: &'static str,
    ) -> Result<Option<SecretString>, ConfigError> {
        let file_variable = format!("{variable}_FILE");
        let path = (self.lookup)(&file_variable).filter(|path| !path.is_empty());
        let text = match (self.optional(variable), path) {
            (Some(_), Some(_)) => {
                let rule = format!("and {file_variable} are both set");
                return Err(ConfigError::new(variable, rule));
            }
            (value, None) => value,
            // The path may be a secret that was put into the wrong variable: it is not told.
            (None, Some(path)) => {
                let content = fs::read_to_string(path).map_err(|error| {
                    let rule =
                        format!("cannot be read from the file that {file_variable} names: {error}");
                    ConfigError::new(variable, rule)
                })?;
                Some(without_line_break(&content).to_owned())
            }
        };
        Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
    }

    pub(super) fn secret(&self, variable: &'static str) -> Result<SecretString, ConfigError> {
        self.optional_secret(variable)?
            .ok_or_else(|| ConfigError::missing(variable))
    }

    /// As [`Reader::list`], of secrets.
    pub(super) fn secrets(&self, variable: &'static str) -> Result<Vec<SecretString>, ConfigError> {
        let Some(items) = self.optional_secret(variable)? else {
            return Ok(Vec::new());
        };
        Ok(split(items.expose_secret())
            .map(SecretString::from)
            .collect())
    }

    /// Comma-separated, without spaces around the items.
    pub(super) fn list(&self, variable: &'static str) -> Vec<String> {
        let items = self.optional(variable).unwrap_or_default();
        split(&items).map(str::to_owned).collect()
    }

    /// False when unset.
    pub(super) fn flag(&self, variable: &'static str) -> Result<bool, ConfigError> {
        match self.optional(variable).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ConfigError::new(variable, "must be true or false")),
        }
    }

    pub(super) fn number(
        &self,
        variable: &'static str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Result<u32, ConfigError> {
        match self.optional(variable) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(|| ConfigError::new(variable, "must be a whole number in its range")),
        }
    }

    /// https, or http to this machine outside production.
    pub(super) fn url(&self, variable: &'static str) -> Result<Url, ConfigError> {
        self.parse_url(variable, &self.required(variable)?)
    }

    /// As [`Reader::url`], and ends in a slash, so that paths can be joined to it.
    pub(super) fn base_url(&self, variable: &'static str) -> Result<Url, ConfigError> {
        let url = self.url(variable)?;
        let bare = url.path().ends_with('/') && url.query().is_none() && url.fragment().is_none();
        if bare {
            Ok(url)
        } else {
            Err(ConfigError::new(variable, "must end in a slash"))
        }
    }

    pub(super) fn parse_url(&self, variable: &'static str, text: &str) -> Result<Url, ConfigError> {
        let url = Url::parse(text).map_err(|_| ConfigError::new(variable, "must be a URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ConfigError::new(
                variable,
                "must not contain a user or a password",
            ));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.production => Err(ConfigError::new(
                variable,
                "must begin https:// in production",
            )),
            "http" if is_loopback(&url) => Ok(url),
            _ => Err(ConfigError::new(
                variable,
                "must begin https:// (http:// only to this machine)",
            )),
        }
    }
}

fn split(items: &str) -> impl Iterator<Item = &str> {
    items
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

fn without_line_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// An address is no address to the parser of URLs whose scheme it does not know.
pub(super) fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse();
    host == "localhost" || address.is_ok_and(|address: IpAddr| address.is_loopback())
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
