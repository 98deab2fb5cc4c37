//! Which application calls: by its secret, in the body or in a Basic header, or by its id alone when it is public.

use actix_web::HttpRequest;
use actix_web::http::header;
use aws_lc_rs::constant_time;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::error::OAuthError;
use super::fields::Fields;
use crate::tenant::{Application, Tenant};

pub(super) struct Credentials {
    client_id: String,
    client_secret: Option<String>,
}

impl Credentials {
    pub(super) fn of(request: &HttpRequest, fields: &Fields) -> Result<Self, OAuthError> {
        if let Some(basic) = basic(request) {
            return Ok(basic);
        }
        Ok(Self {
            client_id: fields.required("client_id")?.to_owned(),
            client_secret: fields.optional("client_secret").map(str::to_owned),
        })
    }

    pub(super) fn authenticate(&self, tenant: &Tenant) -> Result<Application, OAuthError> {
        let client = tenant
            .clients
            .get(&self.client_id)
            .ok_or(OAuthError::WrongClient)?;
        let proved = match (&client.client_secret, &self.client_secret) {
            _ if client.is_public() => true,
            (Some(known), Some(given)) => {
                constant_time::verify_slices_are_equal(known.as_bytes(), given.as_bytes()).is_ok()
            }
            _ => false,
        };
        if proved {
            Ok(client.clone())
        } else {
            Err(OAuthError::WrongClient)
        }
    }
}

/// RFC 6749, 2.3.1: both halves are form-encoded inside the header.
fn basic(request: &HttpRequest) -> Option<Credentials> {
    let header = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    Some(Credentials {
        client_id: plain(id),
        client_secret: Some(plain(secret)),
    })
}

impl Application {
    pub(super) fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == "none"
    }

    pub(super) fn require_grant(&self, grant: &'static str) -> Result<(), OAuthError> {
        if self.grant_types.iter().any(|allowed| allowed == grant) {
            Ok(())
        } else {
            Err(OAuthError::GrantTypeNotAllowed(grant))
        }
    }
}
