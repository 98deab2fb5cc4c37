//! `/idp/NAME/token` and `/idp/NAME/userinfo`.

use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::grants::Grant;
use super::{CLIENT_ID, CLIENT_SECRET, issuer};
use crate::state::State;
use crate::tokens::sign;

/// Seconds.
const LIFETIME: i64 = 300;

#[post("/idp/{name}/token")]
pub(super) async fn exchange(
    state: web::Data<State>,
    http: HttpRequest,
    name: web::Path<String>,
    form: web::Form<BTreeMap<String, String>>,
) -> HttpResponse {
    if !is_client(&http, &form) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let given = |field: &str| form.get(field).map(String::as_str).unwrap_or_default();
    if given("grant_type") != "authorization_code" {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let now = state.clock().now();
    let grant = state.grants().take(given("code"), now).filter(|grant| {
        grant.provider == *name
            && grant.redirect_uri == given("redirect_uri")
            && proves(grant, given("code_verifier"))
    });
    let Some(grant) = grant else {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let mut claims = grant.claims.clone();
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    say("iss", json!(issuer(&state, &http, &name)));
    say("aud", json!(CLIENT_ID));
    say("iat", json!(now.timestamp()));
    say("exp", json!(now.timestamp() + LIFETIME));
    if let Some(nonce) = &grant.nonce {
        say("nonce", json!(nonce));
    }
    let id_token = state.read(|tenant| sign(tenant, "JWT", &claims));
    let access_token = state.grants().keep(grant);
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": LIFETIME, "id_token": id_token,
        }))
}

#[get("/idp/{name}/userinfo")]
pub(super) async fn userinfo(
    state: web::Data<State>,
    http: HttpRequest,
    name: web::Path<String>,
) -> HttpResponse {
    let authorization = http.headers().get(header::AUTHORIZATION);
    let token = authorization
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .unwrap_or_default();
    let grant = state.grants().find(token, state.clock().now());
    match grant.filter(|grant| grant.provider == *name) {
        Some(grant) => HttpResponse::Ok().json(grant.claims),
        None => refused(StatusCode::UNAUTHORIZED, "invalid_token"),
    }
}

fn proves(grant: &Grant, verifier: &str) -> bool {
    let Some(challenge) = &grant.code_challenge else {
        return true;
    };
    let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
    URL_SAFE_NO_PAD.encode(hash) == *challenge
}

/// By its secret, in a Basic header or in the form.
fn is_client(http: &HttpRequest, form: &BTreeMap<String, String>) -> bool {
    let in_form = || {
        Some((
            form.get("client_id")?.clone(),
            form.get("client_secret")?.clone(),
        ))
    };
    basic(http)
        .or_else(in_form)
        .is_some_and(|(id, secret)| id == CLIENT_ID && secret == CLIENT_SECRET)
}

fn basic(http: &HttpRequest) -> Option<(String, String)> {
    let header = http.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((plain(id), plain(secret)))
}

fn refused(status: StatusCode, error: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": error }))
}
