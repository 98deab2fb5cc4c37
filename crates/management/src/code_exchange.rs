//! The end of a login that this application began for a public application: `POST /oauth/token` with a code and its
//! proof ([PKCE](https://auth0.com/docs/get-started/authentication-and-authorization-flow/authorization-code-flow-with-pkce)).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::decode;
use crate::error::Error;

/// No `Debug`: it is as good as a login.
#[derive(Serialize)]
pub struct CodeExchange<'a> {
    /// The public application that the login was begun for.
    pub client_id: &'a str,
    /// The code that came back; good once.
    pub code: &'a str,
    /// The PKCE verifier behind the challenge that the login was begun with.
    pub code_verifier: &'a str,
    /// Exactly the one that the login was begun with.
    pub redirect_uri: &'a str,
}

#[derive(Serialize)]
struct Body<'a> {
    grant_type: &'static str,
    #[serde(flatten)]
    exchange: &'a CodeExchange<'a>,
}

/// The access token is not read: nobody is to act with it.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Client {
    /// The claims of the ID token. It comes from the token endpoint itself, whose certificate stands for the signature
    /// (OpenID Connect Core 1.0, section 3.1.3.7); who it is for and of which login is the caller's to check.
    ///
    /// Never repeated: a code is good once. [`Error::Refused`] when it is not good.
    pub async fn exchange_code(
        &self,
        exchange: &CodeExchange<'_>,
    ) -> Result<Map<String, Value>, Error> {
        let endpoint = self.shared.api.join("../../oauth/token");
        let endpoint = endpoint.map_err(|_| Error::Argument {
            argument: "oauth/token".to_owned(),
        })?;
        let body = Body {
            grant_type: "authorization_code",
            exchange,
        };
        let http = &self.shared.http;
        let reply = http
            .exchange(http.request(Method::POST, endpoint).json(&body))
            .await?;
        if !reply.status.is_success() {
            let secrets = [exchange.code, exchange.code_verifier];
            return Err(Error::from_reply(&reply, &secrets));
        }
        let tokens: Tokens = decode::json(&reply)?;
        claims(&tokens.id_token).ok_or_else(|| Error::Decode {
            status: reply.status.as_u16(),
            problem: "the ID token is no JWT".to_owned(),
        })
    }
}

fn claims(id_token: &str) -> Option<Map<String, Value>> {
    let payload = id_token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
