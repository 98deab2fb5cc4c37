//! `/keys/signing`: the keys that tokens are signed with.

mod pkcs7;

use actix_web::{HttpResponse, web};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::call::guarded;
use super::path;
use super::refusal::{Answer, Missing, Refusal};
use crate::keys;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{KeyState, SigningKey, Tenant};

/// A signing certificate as clients list it.
#[derive(Serialize)]
pub(super) struct Certificate {
    cert: String,
    pkcs7: String,
    subject: &'static str,
}

pub(super) fn certificate(key: &SigningKey) -> Certificate {
    let der = der(key);
    Certificate {
        cert: pem("CERTIFICATE", &der),
        pkcs7: pem("PKCS7", &pkcs7::certificates_only(&der)),
        subject: "deprecated",
    }
}

#[derive(Serialize)]
struct KeyBody<'a> {
    kid: &'a str,
    cert: String,
    pkcs7: String,
    /// SHA-1 of the certificate with colons, and without.
    fingerprint: String,
    thumbprint: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    current: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    next: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    previous: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    revoked: bool,
}

impl<'a> KeyBody<'a> {
    fn of(key: &'a SigningKey) -> Self {
        let der = der(key);
        let bytes = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
        let hex: Vec<String> = bytes
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        Self {
            kid: &key.kid,
            cert: pem("CERTIFICATE", &der),
            pkcs7: pem("PKCS7", &pkcs7::certificates_only(&der)),
            fingerprint: hex.join(":"),
            thumbprint: hex.concat(),
            current: key.state == KeyState::Current,
            next: key.state == KeyState::Next,
            previous: key.state == KeyState::Previous,
            revoked: key.state == KeyState::Revoked,
        }
    }
}

#[derive(Serialize)]
struct KeySummary<'a> {
    kid: &'a str,
    cert: String,
}

impl<'a> KeySummary<'a> {
    fn of(key: &'a SigningKey) -> Self {
        Self {
            kid: &key.kid,
            cert: pem("CERTIFICATE", &der(key)),
        }
    }
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:signing_keys"];
    let write: &'static [&str] = &["create:signing_keys", "update:signing_keys"];
    cfg.service(path("/keys/signing").route(guarded(Bucket::Other, read, web::get().to(list))))
        .service(path("/keys/signing/rotate").route(guarded(
            Bucket::RotateKeys,
            write,
            web::post().to(rotate),
        )))
        .service(path("/keys/signing/{kid}").route(guarded(
            Bucket::Other,
            read,
            web::get().to(show),
        )))
        .service(path("/keys/signing/{kid}/revoke").route(guarded(
            Bucket::Other,
            &["update:signing_keys"],
            web::put().to(revoke),
        )));
}

async fn list(state: web::Data<State>) -> Answer {
    state.read(|tenant| {
        let keys: Vec<KeyBody<'_>> = tenant.signing_keys.iter().map(KeyBody::of).collect();
        Ok(HttpResponse::Ok().json(keys))
    })
}

async fn show(state: web::Data<State>, kid: web::Path<String>) -> Answer {
    state.read(|tenant| Ok(HttpResponse::Ok().json(KeyBody::of(find(tenant, &kid)?))))
}

async fn rotate(state: web::Data<State>) -> Answer {
    keys::rotate(&state)
        .await
        .map_err(|error| Refusal::internal(&error))?;
    state.read(|tenant| Ok(HttpResponse::Created().json(KeySummary::of(tenant.current_key()))))
}

/// Only the key that was rotated away can be revoked: the current one signs, the next one is about to.
async fn revoke(state: web::Data<State>, kid: web::Path<String>) -> Answer {
    state.write(|tenant| {
        if !matches!(
            find(tenant, &kid)?.state,
            KeyState::Previous | KeyState::Revoked
        ) {
            return Err(Refusal::body(
                "Only a previously used signing key can be revoked.",
            ));
        }
        for key in tenant.signing_keys.iter_mut().filter(|key| key.kid == *kid) {
            key.state = KeyState::Revoked;
        }
        Ok(HttpResponse::Ok().json(KeySummary::of(find(tenant, &kid)?)))
    })
}

fn find<'a>(tenant: &'a Tenant, kid: &str) -> Result<&'a SigningKey, Refusal> {
    tenant
        .signing_keys
        .iter()
        .find(|key| key.kid == kid)
        .ok_or_else(|| Refusal::missing(Missing::SigningKey))
}

fn der(key: &SigningKey) -> Vec<u8> {
    STANDARD
        .decode(&key.certificate)
        .expect("keys are made with a base64 certificate")
}

/// 64 characters a line, CR LF, as Auth0 writes them.
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut lines = vec![format!("-----BEGIN {label}-----")];
    lines.extend(
        text.as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned()),
    );
    lines.push(format!("-----END {label}-----"));
    lines.join("\r\n")
}
