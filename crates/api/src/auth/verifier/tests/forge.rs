//! Makes tokens, good and forged, and asks the verifier for its verdict.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use domain::Issuer;
use serde_json::{Value, json};

use crate::auth::jwks::Jwks;
use crate::auth::testing::{KEY, KeyServer, OTHER_KEY, jwk, token};
use crate::auth::{AccessToken, Refused, TokenProfile, TokenVerifier, VerifierConfig};

/// 2027-01-15T08:00:00Z
pub(super) const NOW: i64 = 1_800_000_000;

pub(super) struct Forge {
    server: KeyServer,
    verifier: Arc<TokenVerifier>,
}

pub(super) fn header() -> Value {
    json!({ "alg": "RS256", "typ": "at+jwt", "kid": "current" })
}

pub(super) fn claims() -> Value {
    json!({
        "iss": "https://tenant.example.com/", "sub": "auth0|64f0c0ffee64f0c0ffee64f0",
        "aud": ["https://api.tenantry.dev", "https://tenant.example.com/userinfo"],
        "iat": NOW, "exp": NOW + 600, "client_id": "console", "org_id": "org_0123456789abcdef",
        "permissions": ["projects:read", "of:another:version", "projects:write"],
        "https://tenantry.dev/subscription": "team;2027-02-01T00:00:00.000Z;active",
    })
}

pub(super) fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut changed = object.clone();
    changed[name] = value;
    changed
}

pub(super) fn without(object: &Value, name: &str) -> Value {
    let mut changed = object.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed
}

impl Forge {
    pub(super) async fn start() -> Self {
        Self::start_with(TokenProfile::Rfc9068).await
    }

    pub(super) async fn start_with(profile: TokenProfile) -> Self {
        let forge = Self::over(KeyServer::start(&[jwk("current", &KEY)]).await, profile);
        let soon = tokio::time::timeout(Duration::from_secs(10), async {
            while !forge.verifier.has_keys() {
                tokio::task::yield_now().await;
            }
        });
        soon.await.expect("the keys should have been fetched");
        forge
    }

    pub(super) async fn start_without_keys() -> Self {
        Self::over(KeyServer::start(&[]).await, TokenProfile::Rfc9068)
    }

    fn over(server: KeyServer, profile: TokenProfile) -> Self {
        let issuers = ["https://tenant.example.com/", "https://login.example.com/"];
        let config = VerifierConfig {
            issuers: issuers
                .map(|issuer| issuer.parse::<Issuer>().unwrap())
                .to_vec(),
            audience: "https://api.tenantry.dev".into(),
            profile,
            claims_namespace: "https://tenantry.dev".into(),
        };
        let verifier = TokenVerifier::new(config, Jwks::start(&server.url).unwrap());
        Self { server, verifier }
    }

    pub(super) fn token(&self, header: &Value, claims: &Value) -> String {
        token(&KEY, &header.to_string(), &claims.to_string())
    }

    /// A good header with these claims.
    pub(super) fn claiming(&self, claims: &Value) -> String {
        self.token(&header(), claims)
    }

    /// Good claims under this header.
    pub(super) fn heading(&self, header: &Value) -> String {
        self.token(header, &claims())
    }

    /// Signed with a key that the issuer does not have.
    pub(super) fn claiming_as_stranger(&self, claims: &Value) -> String {
        token(&OTHER_KEY, &header().to_string(), &claims.to_string())
    }

    pub(super) async fn verdict(&self, token: &str) -> Result<AccessToken, Refused> {
        self.verifier
            .verify(token, DateTime::from_timestamp(NOW, 0).unwrap())
            .await
    }

    /// All of them are refused for this reason, and no key was fetched on their account.
    pub(super) async fn refuses(&self, tokens: impl IntoIterator<Item = String>, reason: Refused) {
        for token in tokens {
            assert_eq!(
                self.verdict(&token).await.err(),
                Some(reason),
                "{token:.2000}"
            );
        }
        assert_eq!(self.server.hits(), 1, "only the first fetch");
    }
}
