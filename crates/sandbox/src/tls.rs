//! HTTPS on loopback: an authority of the sandbox's own, made once and kept, and a fresh certificate from it.

use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::persistence::write_private;
use crate::server::StartError;

const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca-key.pem";

/// The authority's certificate, and what the listener serves.
pub(crate) struct Tls {
    pub(crate) authority_pem: String,
    pub(crate) server: ServerConfig,
}

/// Takes the authority from `folder`, or makes one there; without a folder it lives as long as the process.
pub(crate) fn prepare(folder: Option<&Path>) -> Result<Tls, StartError> {
    let kept = folder.and_then(|folder| {
        let certificate = std::fs::read_to_string(folder.join(CERTIFICATE)).ok()?;
        let key = KeyPair::from_pem(&std::fs::read_to_string(folder.join(KEY)).ok()?).ok()?;
        Some((certificate, key))
    });
    let (authority_pem, key) = match kept {
        Some(kept) => kept,
        None => make_authority(folder)?,
    };
    let server = server_config(&Issuer::new(authority(), key))?;
    Ok(Tls {
        authority_pem,
        server,
    })
}

/// The same words every time: the kept certificate must stay the issuer of tomorrow's.
fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "Tenantry sandbox authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn make_authority(folder: Option<&Path>) -> Result<(String, KeyPair), StartError> {
    let key = KeyPair::generate()?;
    let certificate = authority().self_signed(&key)?.pem();
    if let Some(folder) = folder {
        write_private(&folder.join(KEY), key.serialize_pem().as_bytes())?;
        std::fs::write(folder.join(CERTIFICATE), &certificate)?;
    }
    Ok((certificate, key))
}

fn server_config(authority: &Issuer<'_, KeyPair>) -> Result<ServerConfig, StartError> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut params = CertificateParams::new(names)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, authority)?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    Ok(config)
}
