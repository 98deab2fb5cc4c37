//! An issuer for unit tests: one RSA key and a key set served on loopback that counts who asks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{self, KeyPair as _, RsaEncoding};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

pub(super) static KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());
pub(super) static OTHER_KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

pub(super) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The 256 bytes of a 2048-bit modulus, out of the fixed layout of its PKCS#1 form.
pub(super) fn modulus(key: &KeyPair) -> Vec<u8> {
    let der = key.public_key().as_ref();
    assert_eq!(
        (der.len(), &der[..9]),
        (270, &[0x30, 0x82, 1, 10, 2, 0x82, 1, 1, 0][..])
    );
    der[9..265].to_vec()
}

pub(super) fn jwk(id: &str, key: &KeyPair) -> Value {
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": base64url(modulus(key)), "e": "AQAB" })
}

pub(super) fn sign(key: &KeyPair, padding: &'static dyn RsaEncoding, message: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        padding,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    signature
}

/// A compact JWS of these very texts, signed as RS256 whatever the header says.
pub(super) fn token(key: &KeyPair, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", base64url(header), base64url(claims));
    let signature = base64url(sign(key, &signature::RSA_PKCS1_SHA256, &message));
    format!("{message}.{signature}")
}

/// Answers every request with the same text, until told otherwise.
pub(super) struct KeyServer {
    pub(super) url: Url,
    answer: Arc<Mutex<String>>,
    hits: Arc<AtomicUsize>,
}

impl KeyServer {
    pub(super) async fn start(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let server = Self {
            url,
            answer: Arc::default(),
            hits: Arc::default(),
        };
        server.publish(keys);
        tokio::spawn(answer_all(
            listener,
            Arc::clone(&server.answer),
            Arc::clone(&server.hits),
        ));
        server
    }

    pub(super) fn publish(&self, keys: &[Value]) {
        self.answer("200 OK", "", &json!({ "keys": keys }).to_string());
    }

    pub(super) fn answer(&self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        *self.answer.lock().unwrap() = format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
    }

    pub(super) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

async fn answer_all(listener: TcpListener, answer: Arc<Mutex<String>>, hits: Arc<AtomicUsize>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n")
            && stream
                .read_buf(&mut request)
                .await
                .is_ok_and(|read| read > 0)
        {}
        hits.fetch_add(1, Ordering::SeqCst);
        let answer = answer.lock().unwrap().clone();
        // Whoever asked may have hung up, for example when the answer was too long.
        drop(stream.write_all(answer.as_bytes()).await);
    }
}
