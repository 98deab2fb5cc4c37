//! The authorization code flow with PKCE (RFC 6749, 7636), as a single-page application does it, and the proof that
//! what comes back was signed by the issuer.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::browser::{Browser, Page};
use super::failure::{Failure, same};
use super::world::World;

const AUDIENCE: &str = "https://api.tenantry.dev";
/// Identifier, password, and whatever is asked between; a loop that needs more is going round in circles.
const MAX_PAGES: usize = 6;

pub struct Person {
    pub email: String,
    pub password: String,
    pub browser: Browser,
    /// How they log in instead of with the password.
    pub provider: Option<Provider>,
}

/// An identity provider, and whom it vouches for.
pub struct Provider {
    /// Name of the connection.
    pub connection: String,
    /// How the provider's directory calls them (UPN); empty for a social login.
    pub username: String,
    /// The address that it sends; empty where it sends none.
    pub email: String,
}

impl Person {
    /// Somebody with a browser of their own, signed up or not.
    ///
    /// # Errors
    /// There is no HTTP client.
    pub fn new(email: &str, password: &str) -> Result<Self, Failure> {
        Ok(Self {
            email: email.to_owned(),
            password: password.to_owned(),
            browser: Browser::new()?,
            provider: None,
        })
    }
}

/// What the token endpoint answered, with the claims of both tokens after their signatures were checked.
pub struct Tokens {
    pub access_token: String,
    pub access: Value,
    pub identity: Value,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    id_token: String,
}

/// Opens the login page with these extra parameters, fills in what it asks for, and exchanges the code.
pub async fn log_in(
    world: &World,
    person: &mut Person,
    extra: &[(&str, &str)],
) -> Result<Tokens, Failure> {
    let redirect_uri = format!("{}callback", world.api);
    let (state, nonce, verifier) = (random(), random(), format!("{}{}", random(), random()));
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let mut url = world.identity_url("authorize")?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &world.client_id)
        .append_pair("redirect_uri", &redirect_uri)
        .append_pair("scope", "openid profile email")
        .append_pair("audience", AUDIENCE)
        .append_pair("state", &state)
        .append_pair("nonce", &nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(extra);
    let landed = sign_in(person, url, &redirect_uri).await?;
    if let Some(error) = landed.query("error") {
        let description = landed.query("error_description").unwrap_or_default();
        return Err(Failure::unexpected(
            "a code",
            format!("{error}: {description}"),
        ));
    }
    same("state", &Some(state), &landed.query("state"))?;
    let code = landed
        .query("code")
        .ok_or_else(|| Failure::unexpected("a code", &landed.url))?;
    let answer = exchange(world, &code, &verifier, &redirect_uri).await?;
    let keys = world.keys().await?;
    let tokens = Tokens {
        access: claims(world, &keys, &answer.access_token, AUDIENCE)?,
        identity: claims(world, &keys, &answer.id_token, &world.client_id)?,
        access_token: answer.access_token,
    };
    same(
        "nonce",
        &Some(nonce.as_str()),
        &tokens.identity["nonce"].as_str(),
    )?;
    Ok(tokens)
}

async fn sign_in(person: &mut Person, url: Url, redirect_uri: &str) -> Result<Page, Failure> {
    let Person {
        email,
        password,
        browser,
        provider,
    } = person;
    let typed = match &*provider {
        None => vec![
            ("username", email.as_str()),
            ("email", email.as_str()),
            ("password", password.as_str()),
        ],
        Some(provider) => vec![
            ("username", provider.username.as_str()),
            ("email", provider.email.as_str()),
        ],
    };
    let page_of_provider = provider
        .as_ref()
        .map(|provider| format!("/u/idp/{}", provider.connection));
    let mut page = browser.open(url, redirect_uri).await?;
    for _ in 0..MAX_PAGES {
        if page.url.as_str().starts_with(redirect_uri) {
            return Ok(page);
        }
        let link = page_of_provider
            .as_deref()
            .and_then(|part| page.link_with(part));
        page = match link {
            Some(link) => browser.open(link, redirect_uri).await?,
            None => browser.fill_in(&page, &typed, redirect_uri).await?,
        };
    }
    Err(Failure::unexpected(
        "a redirect back to the application",
        page.url,
    ))
}

async fn exchange(
    world: &World,
    code: &str,
    verifier: &str,
    redirect_uri: &str,
) -> Result<TokenAnswer, Failure> {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &world.client_id),
        ("code", code),
        ("code_verifier", verifier),
        ("redirect_uri", redirect_uri),
    ];
    let response = world
        .http
        .post(world.identity_url("oauth/token")?)
        .form(&form)
        .send()
        .await?;
    let status = response.status().as_u16();
    let body = response.text().await?;
    same("status of /oauth/token", &200, &status)
        .map_err(|_| Failure::unexpected("tokens", format!("{status} {body}")))?;
    serde_json::from_str(&body).map_err(|error| Failure::unexpected("two tokens", error))
}

/// Checks signature, issuer, audience and time, and returns the claims.
fn claims(world: &World, keys: &JwkSet, token: &str, audience: &str) -> Result<Value, Failure> {
    let refused = |error: jsonwebtoken::errors::Error| Failure::unexpected("a valid token", error);
    let header = decode_header(token).map_err(refused)?;
    same("algorithm", &Algorithm::RS256, &header.alg)?;
    let kid = header
        .kid
        .ok_or_else(|| Failure::unexpected("a key id", "none"))?;
    let key = keys
        .find(&kid)
        .ok_or_else(|| Failure::unexpected(format!("key {kid} in the JWKS"), "no such key"))?;
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[world.identity.as_str()]);
    // The sandbox's clock may be weeks ahead of this machine's; its API checks the time.
    rules.validate_exp = false;
    let key = DecodingKey::from_jwk(key).map_err(refused)?;
    Ok(decode::<Value>(token, &key, &rules)
        .map_err(refused)?
        .claims)
}

fn random() -> String {
    Uuid::new_v4().simple().to_string()
}
