//! The mail server.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::{self, ConfigError, Reader};
use crate::mail::{Mailer, Sender};

#[derive(Debug, Clone)]
pub struct Mail {
    /// `SMTP_URL`: `smtps://user:password@host`, or `smtp://…?tls=required` for STARTTLS; a name of ours for the
    /// greeting may follow as the path.
    pub smtp_url: SecretString,
    /// `MAIL_FROM`: an address, perhaps with a name: `Tenantry <no-reply@example.com>`.
    pub from: Sender,
}

impl Mail {
    /// None without `SMTP_URL`: then no mail is sent.
    pub(super) fn read(reader: &Reader<'_>) -> Result<Option<Self>, ConfigError> {
        let from = reader
            .optional("MAIL_FROM")
            .map(|from| from.parse())
            .transpose()
            .map_err(|_| ConfigError::new("MAIL_FROM", "must be a mail address"))?;
        let Some(smtp_url) = reader.optional_secret("SMTP_URL")? else {
            return Ok(None);
        };
        if !is_safe(smtp_url.expose_secret(), reader.production()) {
            return Err(ConfigError::new(
                "SMTP_URL",
                "must begin smtps://, or smtp:// and end in ?tls=required",
            ));
        }
        let mail = Self {
            smtp_url,
            from: from.ok_or_else(|| ConfigError::missing("MAIL_FROM"))?,
        };
        match Mailer::new(&mail) {
            Ok(_) => Ok(Some(mail)),
            Err(_) => Err(ConfigError::new(
                "SMTP_URL",
                "is not the URL of a mail server",
            )),
        }
    }
}

/// Unencrypted to this machine alone, and not in production.
fn is_safe(url: &str, production: bool) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let starts_tls = url
        .query_pairs()
        .any(|(name, value)| name == "tls" && value == "required");
    match url.scheme() {
        "smtps" => true,
        "smtp" => starts_tls || (!production && url.host_str().is_some_and(reader::is_here)),
        _ => false,
    }
}
