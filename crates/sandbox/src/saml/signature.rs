//! RSA with SHA-256, with the keys of [`crate::keys`].

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;

use crate::certificate;
use crate::tenant::SigningKey;

/// In base64.
pub(crate) fn sign(key: &SigningKey, message: &[u8]) -> String {
    let private = PrivatePkcs8KeyDer::from_pem_slice(key.private_pem.as_bytes())
        .expect("our own key is a key");
    let private =
        RsaKeyPair::from_pkcs8(private.secret_pkcs8_der()).expect("our own key is an RSA key");
    let mut signature = vec![0; private.public_modulus_len()];
    private
        .sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message,
            &mut signature,
        )
        .expect("our own key signs");
    STANDARD.encode(signature)
}

/// Whether the holder of this certificate signed the message. The certificate is PEM, or PEM or DER in base64.
pub(crate) fn is_signed_by(certificate: &str, message: &[u8], signature: &str) -> bool {
    let (Some(certificate), Ok(signature)) =
        (certificate::read(certificate), STANDARD.decode(signature))
    else {
        return false;
    };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, certificate.public_key)
        .verify(message, &signature)
        .is_ok()
}

/// Of a text, in base64.
pub(super) fn sha256(text: &str) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}
