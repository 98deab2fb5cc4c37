//! Logging in through a customer's own OpenID provider, as Auth0 does it: the browser is sent there and comes back to
//! `/login/callback` with a code, which is exchanged for an ID token (OpenID Connect Core 1.0, section 3.1).
//!
//! Only providers on this machine are reached: no test depends on a server elsewhere.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::connections;
use super::error_page::PageError;
use super::finish::finish;
use super::identity_provider::{Profile, find_or_create};
use super::refusal::{Refusal, refuse};
use super::transactions::{self, Opened};
use crate::state::State;
use crate::tenant::{Authenticated, Connection, LoginTransaction, Metadata};

/// What of a connection's options makes a login at the provider possible.
pub(super) struct Provider<'a> {
    issuer: &'a str,
    authorization_endpoint: &'a str,
    token_endpoint: &'a str,
    jwks_uri: &'a str,
    client_id: &'a str,
    client_secret: &'a str,
}

impl<'a> Provider<'a> {
    /// None for a connection whose provider is not on this machine: the page that believes everything stands in for it.
    pub(super) fn of(connection: &'a Connection) -> Option<Self> {
        let text = |name: &str| connection.options.get(name).and_then(Value::as_str);
        let local = |name: &str| local(connection, name);
        Some(Self {
            issuer: text("issuer")?,
            authorization_endpoint: local("authorization_endpoint")?,
            token_endpoint: local("token_endpoint")?,
            jwks_uri: local("jwks_uri")?,
            client_id: text("client_id")?,
            client_secret: text("client_secret").unwrap_or_default(),
        })
    }

    /// To the provider, with everything that must come back.
    pub(super) fn redirect(&self, connection: &Connection, opened: &Opened) -> HttpResponse {
        let Ok(mut url) = Url::parse(self.authorization_endpoint) else {
            return refuse(&opened.transaction, &failed("no authorization endpoint"));
        };
        let scope = connection.options.get("scope").and_then(Value::as_str);
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", &callback(opened))
            .append_pair("scope", scope.unwrap_or("openid profile email"))
            .append_pair("state", &format!("{}.{}", opened.id, connection.name))
            .append_pair("nonce", &derived(opened, "nonce"))
            .append_pair("code_challenge", &hashed(&derived(opened, "verifier")))
            .append_pair("code_challenge_method", "S256");
        HttpResponse::Found()
            .insert_header((header::LOCATION, url.as_str()))
            .finish()
    }

    /// What the provider says of the person, in an ID token that it has signed for us and for this login.
    async fn claims(&self, opened: &Opened, code: &str) -> Result<Metadata, String> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &callback(opened)),
            ("client_id", self.client_id),
            ("client_secret", self.client_secret),
            ("code_verifier", &derived(opened, "verifier")),
        ];
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.map_err(|error| error.to_string())?;
        let tokens = answer(http.post(self.token_endpoint).form(&form)).await?;
        let id_token = tokens.get("id_token").and_then(Value::as_str);
        let id_token = id_token.ok_or("the provider gave no ID token")?;
        let keys = answer(http.get(self.jwks_uri)).await?;
        let claims = self.verified(id_token, keys)?;
        if claims.get("nonce").and_then(Value::as_str) != Some(&derived(opened, "nonce")) {
            return Err("the ID token is of another login".into());
        }
        Ok(claims)
    }

    fn verified(&self, id_token: &str, keys: Value) -> Result<Metadata, String> {
        let keys: JwkSet = serde_json::from_value(keys).map_err(|error| error.to_string())?;
        let unknown = "the ID token is signed with an unknown key";
        let kid = jsonwebtoken::decode_header(id_token).map_err(|error| error.to_string())?;
        let kid = kid.kid.ok_or(unknown)?;
        let key = keys.find(&kid).ok_or(unknown)?;
        let key = DecodingKey::from_jwk(key).map_err(|error| error.to_string())?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&[self.client_id]);
        rules.set_issuer(&[self.issuer]);
        // The library would compare with the machine's clock; ours can be moved.
        rules.validate_exp = false;
        jsonwebtoken::decode::<Metadata>(id_token, &key, &rules)
            .map(|decoded| decoded.claims)
            .map_err(|error| error.to_string())
    }
}

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

#[get("/login/callback")]
pub(super) async fn callback_page(
    state: web::Data<State>,
    http: HttpRequest,
    back: web::Query<Back>,
) -> Result<HttpResponse, PageError> {
    let (id, name) = back.state.split_once('.').unwrap_or_default();
    let opened = transactions::open(&state, id)?;
    let connection = offered(&state, &opened, name)?;
    transactions::end(&state, &opened);
    let provider = Provider::of(&connection).ok_or(PageError::NotOffered)?;
    let Some(code) = &back.code else {
        let why = back.error_description.as_ref().or(back.error.as_ref());
        let why = why.map_or("the provider gave no code", String::as_str);
        return Ok(refuse(&opened.transaction, &failed(why)));
    };
    let profile = match provider.claims(&opened, code).await {
        Ok(claims) => Profile::of_claims(claims),
        Err(why) => return Ok(refuse(&opened.transaction, &failed(&why))),
    };
    Ok(enter(&state, &http, opened.transaction, connection, &profile).await)
}

/// As whom the provider vouches for.
pub(super) async fn enter(
    state: &State,
    http: &HttpRequest,
    transaction: LoginTransaction,
    connection: Connection,
    profile: &Profile,
) -> HttpResponse {
    let now = state.clock().now();
    let who = Authenticated {
        user_id: state.write(|tenant| find_or_create(tenant, &connection, profile, now)),
        connection: connection.name,
        session_id: None,
    };
    finish(state, http, transaction, who).await
}

/// The connection of this name, if this login may go through it.
pub(super) fn offered(state: &State, opened: &Opened, name: &str) -> Result<Connection, PageError> {
    state
        .read(|tenant| {
            let offered = connections::offered(tenant, &opened.transaction);
            offered.into_iter().find(|each| each.name == name).cloned()
        })
        .ok_or(PageError::NotOffered)
}

/// The text of an option that is an address on this machine.
pub(super) fn local<'a>(connection: &'a Connection, option: &str) -> Option<&'a str> {
    let text = connection.options.get(option).and_then(Value::as_str)?;
    let url = Url::parse(text).ok()?;
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")).then_some(text)
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_else(|_| json!({}));
    if status.is_success() {
        return Ok(body);
    }
    let error = body.get("error").and_then(Value::as_str);
    Err(error.unwrap_or("the provider does not answer").to_owned())
}

pub(super) fn failed(why: &str) -> Refusal {
    Refusal::access_denied(why)
}

fn callback(opened: &Opened) -> String {
    format!("{}login/callback", opened.transaction.host)
}

/// Secrets of this login that need not be kept: they follow from one that is.
pub(super) fn derived(opened: &Opened, purpose: &str) -> String {
    hashed(&format!("{purpose}:{}", opened.transaction.csrf))
}

fn hashed(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}
