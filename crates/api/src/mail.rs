//! The product's own mails, by SMTP. What Auth0 writes, such as invitations, does not come through here.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use crate::config;

/// For a connection and for each of its answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who the mails come from: an address, with or without a name before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no mail address")]
pub struct NotAnAddress;

impl FromStr for Sender {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        text.parse().map(Self).map_err(|_| NotAnAddress)
    }
}

/// A text to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    /// Left of the `@`, of letters, digits and hyphens; a letter that is sent again has the same.
    pub id: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The mail server is away, or asks us to come again.
    #[error("the mail server did not take it: {0}")]
    Later(String),
    /// It never will be taken.
    #[error("the mail cannot be sent: {0}")]
    Never(String),
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Sender,
}

impl Mailer {
    /// # Errors
    /// The URL is none of a mail server.
    pub fn new(config: &config::Mail) -> Result<Self, MailError> {
        let url = config.smtp_url.expose_secret();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            // The URL holds a password.
            .map_err(|_| MailError::Never("SMTP_URL cannot be used".into()))?
            .timeout(Some(PATIENCE))
            .build();
        Ok(Self {
            transport,
            from: config.from.clone(),
        })
    }

    /// # Errors
    /// See [`MailError`].
    pub async fn send(&self, letter: &Letter, now: DateTime<Utc>) -> Result<(), MailError> {
        let message = self.message(letter, now)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Never(error.to_string())),
            Err(error) => Err(MailError::Later(error.to_string())),
        }
    }

    fn message(&self, letter: &Letter, now: DateTime<Utc>) -> Result<Message, MailError> {
        let never = |error: &dyn std::fmt::Display| MailError::Never(error.to_string());
        let to: Mailbox = letter.to.parse().map_err(|error| never(&error))?;
        let host = self.from.0.email.domain();
        Message::builder()
            .from(self.from.0.clone())
            .to(to)
            .subject(one_line(&letter.subject))
            .message_id(Some(format!("<{}@{host}>", letter.id)))
            .date(SystemTime::from(now))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| never(&error))
    }
}

/// A line break in a subject would begin another header.
fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer() -> Mailer {
        let from = "Tenantry <no-reply@tenantry.example>".parse().unwrap();
        let smtp_url = "smtp://127.0.0.1:25".to_owned().into();
        Mailer::new(&config::Mail { smtp_url, from }).unwrap()
    }

    fn written(subject: &str, to: &str) -> Result<String, MailError> {
        let letter = Letter {
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: "Hello\n".to_owned(),
            id: "reminder-1".to_owned(),
        };
        let message = mailer().message(&letter, DateTime::UNIX_EPOCH)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[tokio::test]
    async fn a_letter_sent_again_is_the_same_to_the_byte() {
        let once = written("Your trial", "ada@example.com").unwrap();
        assert!(once.contains("Message-ID: <reminder-1@tenantry.example>\r\n"));
        assert!(once.contains("Content-Type: text/plain"));
        assert_eq!(once, written("Your trial", "ada@example.com").unwrap());
    }

    #[tokio::test]
    async fn nothing_in_it_begins_another_header_or_names_another_recipient() {
        let letter = written("Acme\r\nBcc: eve@evil.example", "ada@example.com").unwrap();
        assert!(
            !letter.lines().any(|line| line.starts_with("Bcc:")),
            "{letter}"
        );
        for to in [
            "ada@example.com, eve@evil.example",
            "ada@example.com\r\nBcc: eve@evil.example",
            "ada",
            "",
        ] {
            assert!(
                matches!(written("Hello", to), Err(MailError::Never(_))),
                "{to:?}"
            );
        }
    }
}
