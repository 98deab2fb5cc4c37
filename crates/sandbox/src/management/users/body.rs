//! The user on the wire, and what its fields may hold.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::management::schema::Kind;
use crate::tenant::{Identity, Metadata, User};

/// What was never set is left out, `blocked` included.
#[derive(Serialize)]
pub(crate) struct UserBody<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<bool>,
    identities: &'a [Identity],
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    user_metadata: &'a Metadata,
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    app_metadata: &'a Metadata,
    #[serde(serialize_with = "milliseconds")]
    created_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "milliseconds")]
    updated_at: Option<DateTime<Utc>>,
    #[serde(
        serialize_with = "milliseconds",
        skip_serializing_if = "Option::is_none"
    )]
    last_password_reset: Option<DateTime<Utc>>,
    #[serde(
        serialize_with = "milliseconds",
        skip_serializing_if = "Option::is_none"
    )]
    last_login: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_ip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logins_count: Option<u64>,
    #[serde(flatten)]
    attributes: &'a Metadata,
}

impl<'a> UserBody<'a> {
    pub(crate) fn of(user: &'a User) -> Self {
        Self {
            user_id: &user.user_id,
            email: user.email.as_deref(),
            email_verified: user.email_verified,
            username: user.username.as_deref(),
            name: user.name.as_deref(),
            nickname: user.nickname.as_deref(),
            given_name: user.given_name.as_deref(),
            family_name: user.family_name.as_deref(),
            picture: user.picture.as_deref(),
            blocked: user.blocked,
            identities: &user.identities,
            user_metadata: &user.user_metadata,
            app_metadata: &user.app_metadata,
            created_at: Some(user.created_at),
            updated_at: Some(user.updated_at),
            last_password_reset: user.last_password_reset,
            last_login: user.last_login,
            last_ip: user.last_ip.as_deref(),
            logins_count: (user.logins_count > 0).then_some(user.logins_count),
            attributes: &user.attributes,
        }
    }
}

fn milliseconds<S: Serializer>(
    at: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
        .serialize(serializer)
}

pub(crate) const EMAIL: Kind = Kind::Format("email", is_email);
/// Given and family name.
pub(super) const SHORT_NAME: Kind = Kind::Text(1, 150);
/// Name and nickname.
pub(super) const LONG_NAME: Kind = Kind::Text(1, 300);
pub(super) const USERNAME: Kind = Kind::Text(1, 128);
pub(super) const PICTURE: Kind = Kind::Format("strict-uri", is_uri);
pub(super) const PASSWORD: Kind = Kind::Text(1, usize::MAX);

fn is_email(text: &str) -> bool {
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    plain
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains('@')
        })
}

fn is_uri(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| url.has_host())
}
