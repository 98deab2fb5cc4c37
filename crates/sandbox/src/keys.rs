//! The tenant's signing keys: current, next and previous, and how they rotate.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::ids;
use crate::state::State;
use crate::tenant::{KeyState, SigningKey, Tenant};

/// A new RSA-2048 key; takes about a tenth of a second of one core.
pub(crate) fn generate(state: KeyState) -> Result<SigningKey, rcgen::Error> {
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let certificate = CertificateParams::new(["localhost".to_owned()])?.self_signed(&pair)?;
    let thumbprint = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
    Ok(SigningKey {
        kid: ids::signing_key(),
        state,
        private_pem: pair.serialize_pem(),
        certificate: STANDARD.encode(certificate.der()),
        thumbprint: URL_SAFE_NO_PAD.encode(thumbprint),
        n: URL_SAFE_NO_PAD.encode(modulus(pair.public_key_raw())),
        e: "AQAB".to_owned(),
    })
}

/// The modulus inside an `RSAPublicKey` (RFC 8017, A.1.1). For 2048 bits its length never varies: nine bytes of
/// headers and sign, 256 of modulus, five of exponent 65537.
fn modulus(public_key: &[u8]) -> &[u8] {
    &public_key[9..265]
}

/// The keys of a tenant that has none yet.
pub(crate) fn generate_first() -> Result<Vec<SigningKey>, rcgen::Error> {
    std::thread::scope(|scope| {
        let next = scope.spawn(|| generate(KeyState::Next));
        let current = generate(KeyState::Current)?;
        let next = next.join().expect("key generation does not panic")?;
        Ok(vec![current, next])
    })
}

impl Tenant {
    pub(crate) fn current_key(&self) -> &SigningKey {
        self.signing_keys
            .iter()
            .find(|key| key.state == KeyState::Current)
            .expect("a tenant always has a current signing key")
    }

    /// A key whose signatures are still good.
    pub(crate) fn trusted_key(&self, kid: &str) -> Option<&SigningKey> {
        self.signing_keys
            .iter()
            .find(|key| key.kid == kid && key.state != KeyState::Revoked)
    }

    fn rotate_keys(&mut self, new_next: SigningKey) {
        for key in &mut self.signing_keys {
            key.state = match key.state {
                KeyState::Next => KeyState::Current,
                KeyState::Current => KeyState::Previous,
                KeyState::Previous | KeyState::Revoked => KeyState::Revoked,
            };
        }
        self.signing_keys.push(new_next);
    }

    pub(crate) fn revoke_previous_keys(&mut self) {
        for key in self
            .signing_keys
            .iter_mut()
            .filter(|key| key.state == KeyState::Previous)
        {
            key.state = KeyState::Revoked;
        }
    }
}

/// Next becomes current, current becomes previous, a new next appears; the previous one before that is revoked.
pub(crate) async fn rotate(state: &State) -> Result<(), rcgen::Error> {
    let new_next = tokio::task::spawn_blocking(|| generate(KeyState::Next))
        .await
        .expect("key generation neither panics nor is cancelled")?;
    state.write(|tenant| tenant.rotate_keys(new_next));
    Ok(())
}

/// The JSON Web Key Set: every key that is not revoked, the signing one first.
pub(crate) fn jwks(tenant: &Tenant) -> Value {
    let in_state = |state| {
        tenant
            .signing_keys
            .iter()
            .filter(move |key| key.state == state)
    };
    let keys: Vec<Value> = in_state(KeyState::Current)
        .chain(in_state(KeyState::Next))
        .chain(in_state(KeyState::Previous))
        .map(|key| {
            json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "n": key.n, "e": key.e, "kid": key.kid,
                "x5t": key.thumbprint, "x5c": [key.certificate],
            })
        })
        .collect();
    json!({ "keys": keys })
}
