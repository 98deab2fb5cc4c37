//! Logout, in Auth0's own way and in OpenID Connect's (RP-Initiated Logout 1.0).

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::login::{PageError, current_session, end_session};
use crate::state::State;
use crate::tenant::{LogFacts, Tenant};
use crate::tokens::signed_claims;

#[derive(Deserialize)]
pub(super) struct V2Query {
    client_id: Option<String>,
    #[serde(rename = "returnTo")]
    return_to: Option<String>,
}

#[get("/v2/logout")]
pub(super) async fn v2(
    state: web::Data<State>,
    http: HttpRequest,
    query: web::Query<V2Query>,
) -> Result<HttpResponse, PageError> {
    if let Some(url) = &query.return_to {
        state.read(|tenant| allowed(tenant, query.client_id.as_deref(), url))?;
    }
    Ok(log_out(&state, &http, query.return_to.as_deref()))
}

#[derive(Deserialize)]
pub(super) struct OidcQuery {
    id_token_hint: Option<String>,
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

#[get("/oidc/logout")]
pub(super) async fn oidc(
    state: web::Data<State>,
    http: HttpRequest,
    query: web::Query<OidcQuery>,
) -> Result<HttpResponse, PageError> {
    let client_id = state.read(|tenant| client_of(tenant, &query))?;
    let Some(url) = &query.post_logout_redirect_uri else {
        return Ok(log_out(&state, &http, None));
    };
    state.read(|tenant| allowed(tenant, client_id.as_deref(), url))?;
    let mut url = Url::parse(url).map_err(|_| PageError::LogoutMismatch(url.clone()))?;
    if let Some(opaque) = &query.state {
        url.query_pairs_mut().append_pair("state", opaque);
    }
    Ok(log_out(&state, &http, Some(url.as_str())))
}

/// An expired hint is fine; one of another client is not.
fn client_of(tenant: &Tenant, query: &OidcQuery) -> Result<Option<String>, PageError> {
    let Some(hint) = &query.id_token_hint else {
        return Ok(query.client_id.clone());
    };
    let claims = signed_claims(tenant, hint).map_err(|_| PageError::LogoutHint)?;
    let client_id = claims
        .get("aud")
        .and_then(Value::as_str)
        .ok_or(PageError::LogoutHint)?;
    if query
        .client_id
        .as_ref()
        .is_some_and(|given| given != client_id)
    {
        return Err(PageError::LogoutHint);
    }
    Ok(Some(client_id.to_owned()))
}

/// With a client its own list counts, without one the tenant's.
fn allowed(tenant: &Tenant, client_id: Option<&str>, url: &str) -> Result<(), PageError> {
    let list = match client_id {
        Some(id) => {
            let client = tenant
                .clients
                .get(id)
                .ok_or_else(|| PageError::UnknownClient(id.to_owned()))?;
            &client.allowed_logout_urls
        }
        None => &tenant.settings.allowed_logout_urls,
    };
    if list.iter().any(|allowed| allowed == url) {
        Ok(())
    } else {
        Err(PageError::LogoutMismatch(url.to_owned()))
    }
}

/// `slo`, for whoever was logged in.
fn log(state: &State, http: &HttpRequest) {
    let Some(session) = current_session(state, http) else {
        return;
    };
    let facts = LogFacts {
        kind: "slo",
        description: "User successfully logged out",
        connection: &session.connection,
        user_id: &session.user_id,
        ..LogFacts::default()
    };
    let now = state.clock().now();
    state.write(|tenant| tenant.log_facts(facts, now));
}

fn log_out(state: &State, http: &HttpRequest, location: Option<&str>) -> HttpResponse {
    log(state, http);
    let gone = (header::SET_COOKIE, end_session(state, http));
    match location {
        Some(url) => HttpResponse::Found()
            .insert_header(gone)
            .insert_header((header::LOCATION, url))
            .finish(),
        None => HttpResponse::Ok().insert_header(gone).body("OK"),
    }
}
