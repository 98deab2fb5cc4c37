//! `/idp/NAME/authorize`: who is it, and what does the provider say of them?

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use url::Url;

use super::grants::Grant;
use super::person::{Person, form};
use super::{CLIENT_ID, is_here};
use crate::login::{page, respond};
use crate::state::State;

#[derive(Deserialize, Serialize)]
pub(super) struct Request {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    response_type: String,
    #[serde(default)]
    scope: String,
    state: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

#[get("/idp/{name}/authorize")]
pub(super) async fn show(name: web::Path<String>, request: web::Query<Request>) -> HttpResponse {
    match request.refusal() {
        Some(refusal) => refused(refusal),
        None => respond(
            StatusCode::OK,
            page("Identity provider", &content(&name, &request, false)),
        ),
    }
}

#[post("/idp/{name}/authorize")]
pub(super) async fn submit(
    state: web::Data<State>,
    name: web::Path<String>,
    request: web::Query<Request>,
    person: web::Form<Person>,
) -> HttpResponse {
    if let Some(refusal) = request.refusal() {
        return refused(refusal);
    }
    let Some(claims) = person.claims() else {
        let content = content(&name, &request, true);
        return respond(StatusCode::BAD_REQUEST, page("Identity provider", &content));
    };
    let grant = Grant {
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
        ..Grant::new(
            name.into_inner(),
            request.redirect_uri.clone(),
            claims,
            state.clock().now(),
        )
    };
    let code = state.grants().keep(grant);
    let Ok(mut back) = Url::parse(&request.redirect_uri) else {
        return refused("invalid_request: redirect_uri");
    };
    back.query_pairs_mut().append_pair("code", &code);
    if let Some(state) = &request.state {
        back.query_pairs_mut().append_pair("state", state);
    }
    HttpResponse::Found()
        .insert_header((header::LOCATION, back.as_str()))
        .finish()
}

impl Request {
    /// Nothing is sent back to an address that could be anybody's: it must be on this machine.
    fn refusal(&self) -> Option<&'static str> {
        let back = Url::parse(&self.redirect_uri).ok();
        let is_here = back.is_some_and(|back| is_here(&back));
        let method = self.code_challenge_method.as_deref();
        if self.client_id != CLIENT_ID {
            Some("unauthorized_client: the client is not registered here")
        } else if !is_here {
            Some("invalid_request: redirect_uri")
        } else if self.response_type != "code" {
            Some("unsupported_response_type: only code")
        } else if !self.scope.split(' ').any(|scope| scope == "openid") {
            Some("invalid_scope: openid is missing")
        } else if self.code_challenge.is_some() && method != Some("S256") {
            Some("invalid_request: code_challenge_method")
        } else {
            None
        }
    }
}

pub(super) fn refused(why: &str) -> HttpResponse {
    let content = html! {
        h1 { "The identity provider refuses" }
        p { (why) }
    };
    respond(StatusCode::BAD_REQUEST, page("Refused", &content))
}

fn content(name: &str, request: &Request, missing: bool) -> Markup {
    let query = serde_urlencoded::to_string(request).unwrap_or_default();
    form(name, &format!("/idp/{name}/authorize?{query}"), missing)
}
