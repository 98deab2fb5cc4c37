//! Random identifiers in the shapes that Auth0 gives them.

use rand::RngExt;

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Without what is taken for each other.
const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const HEX: &[u8] = b"0123456789abcdef";
const DIGITS: &[u8] = b"0123456789";

fn random(alphabet: &[u8], length: usize) -> String {
    let mut rng = rand::rng();
    (0..length)
        .map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())]))
        .collect()
}

pub(crate) fn organization() -> String {
    format!("org_{}", random(ALPHANUMERIC, 16))
}

pub(crate) fn connection() -> String {
    format!("con_{}", random(ALPHANUMERIC, 16))
}

/// Of an organization's domain.
pub(crate) fn discovery_domain() -> String {
    format!("ord_{}", random(ALPHANUMERIC, 22))
}

pub(crate) fn invitation() -> String {
    format!("uinv_{}", random(ALPHANUMERIC, 16))
}

/// The bearer secret in an invitation's link.
pub(crate) fn ticket() -> String {
    random(ALPHANUMERIC, 32)
}

pub(crate) fn self_service_profile() -> String {
    format!("ssp_{}", random(ALPHANUMERIC, 22))
}

pub(crate) fn user_attribute_profile() -> String {
    format!("uap_{}", random(ALPHANUMERIC, 22))
}

pub(crate) fn role() -> String {
    format!("rol_{}", random(ALPHANUMERIC, 16))
}

pub(crate) fn client_grant() -> String {
    format!("cgr_{}", random(ALPHANUMERIC, 16))
}

pub(crate) fn job() -> String {
    format!("job_{}", random(ALPHANUMERIC, 16))
}

/// An event's id.
pub(crate) fn event() -> String {
    format!("evt_{}", random(ALPHANUMERIC, 22))
}

pub(crate) fn event_stream() -> String {
    format!("est_{}", random(ALPHANUMERIC, 22))
}

pub(crate) fn log_stream() -> String {
    format!("lst_{}", random(DIGITS, 16))
}

/// Of a SCIM token; the secret is [`scim_secret`].
pub(crate) fn scim_token() -> String {
    format!("tok_{}", random(ALPHANUMERIC, 16))
}

pub(crate) fn scim_secret() -> String {
    format!("tok_{}", random(ALPHANUMERIC, 64))
}

/// A group of an identity provider.
pub(crate) fn group() -> String {
    format!("grp_{}", random(BASE58, 16))
}

pub(crate) fn client() -> String {
    random(ALPHANUMERIC, 32)
}

pub(crate) fn client_secret() -> String {
    random(ALPHANUMERIC, 64)
}

pub(crate) fn resource_server() -> String {
    random(HEX, 24)
}

/// A `kid`.
pub(crate) fn signing_key() -> String {
    random(ALPHANUMERIC, 21)
}

/// The part of a database user's id after `auth0|`.
pub(crate) fn database_user() -> String {
    random(HEX, 24)
}

/// The part of a Google user's id after `google-oauth2|`.
pub(crate) fn social_user() -> String {
    random(DIGITS, 21)
}

/// A bearer secret: login state, code, session, refresh token.
pub(crate) fn opaque() -> String {
    random(ALPHANUMERIC, 43)
}
