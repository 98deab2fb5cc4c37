//! `POST /oauth/token`.

mod authorization_code;
mod client_credentials;
mod refresh_token;

pub(super) use refresh_token::revoke_family;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Serialize;

use super::client::Credentials;
use super::error::OAuthError;
use super::fields::Fields;
use crate::state::State;
use crate::tenant::{LogFacts, Tenant, User};
use crate::tokens::{self, UserLogin};

#[derive(Serialize)]
struct Tokens {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    expires_in: i64,
    token_type: &'static str,
}

#[post("/oauth/token")]
pub(super) async fn exchange(
    state: web::Data<State>,
    http: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, OAuthError> {
    let fields = Fields::parse(&http, &body)?;
    let grant_type = fields.required("grant_type")?.to_owned();
    let credentials = Credentials::of(&http, &fields)?;
    let client = state.read(|tenant| credentials.authenticate(tenant))?;
    let tokens = match grant_type.as_str() {
        "authorization_code" => authorization_code::exchange(&state, &client, &fields),
        "refresh_token" => refresh_token::exchange(&state, &http, &client, &fields).await,
        "client_credentials" => client_credentials::exchange(&state, &http, &client, &fields),
        _ => return Err(OAuthError::UnsupportedGrantType(grant_type)),
    };
    log(
        &state,
        &grant_type,
        &client.client_id,
        tokens.as_ref().err(),
    );
    let tokens = tokens?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(tokens))
}

/// Auth0's codes of an exchange that worked and of one that did not.
fn log(state: &State, grant_type: &str, client_id: &str, refusal: Option<&OAuthError>) {
    let (worked, failed) = match grant_type {
        "authorization_code" => ("seacft", "feacft"),
        "refresh_token" => ("sertft", "fertft"),
        _ => ("seccft", "feccft"),
    };
    let description = refusal.map(ToString::to_string).unwrap_or_default();
    let facts = LogFacts {
        kind: if refusal.is_some() { failed } else { worked },
        description: &description,
        client_id,
        ..LogFacts::default()
    };
    let now = state.clock().now();
    state.write(|tenant| tenant.log_facts(facts, now));
}

/// Everything but the refresh token.
fn mint(
    tenant: &Tenant,
    user: &User,
    login: &UserLogin<'_>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Tokens, OAuthError> {
    let access = tokens::for_user(tenant, user, login, now)
        .map_err(|error| OAuthError::Denied(error.to_string()))?;
    let openid = access.scope.split(' ').any(|scope| scope == "openid");
    Ok(Tokens {
        id_token: openid.then(|| tokens::id_token(tenant, user, login, now)),
        access_token: access.token,
        refresh_token: None,
        scope: access.scope,
        expires_in: access.expires_in,
        token_type: "Bearer",
    })
}
