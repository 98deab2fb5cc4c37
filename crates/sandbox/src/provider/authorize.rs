//! `/idp/NAME/authorize`: who is it, and what does the provider say of them?

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::CLIENT_ID;
use super::grants::Grant;
use crate::login::{Field, page, respond};
use crate::state::State;
use crate::tenant::Metadata;

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

#[derive(Deserialize)]
pub(super) struct Person {
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    /// `false` or empty says that nobody has proved the address.
    #[serde(default)]
    email_verified: String,
    #[serde(default)]
    name: String,
    /// Comma-separated.
    #[serde(default)]
    groups: String,
}

#[get("/idp/{name}/authorize")]
pub(super) async fn show(name: web::Path<String>, request: web::Query<Request>) -> HttpResponse {
    match request.refusal() {
        Some(refusal) => refused(refusal),
        None => respond(
            StatusCode::OK,
            page("Identity provider", &content(&name, &request, None)),
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
        let content = content(
            &name,
            &request,
            Some("Enter how the directory calls the person"),
        );
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
        let is_here = back.is_some_and(|back| {
            matches!(back.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
        });
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

impl Person {
    fn claims(&self) -> Option<Metadata> {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let username = filled(&self.username)?;
        let mut claims = Metadata::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("sub", json!(username));
        say("preferred_username", json!(username));
        if let Some(email) = filled(&self.email) {
            say("email", json!(email));
            say("email_verified", json!(self.email_verified == "true"));
        }
        if let Some(name) = filled(&self.name) {
            say("name", json!(name));
        }
        let groups: Vec<String> = self.groups.split(',').filter_map(filled).collect();
        if !groups.is_empty() {
            say("groups", json!(groups));
        }
        Some(claims)
    }
}

fn refused(why: &str) -> HttpResponse {
    let content = html! {
        h1 { "The identity provider refuses" }
        p { (why) }
    };
    respond(StatusCode::BAD_REQUEST, page("Refused", &content))
}

fn content(name: &str, request: &Request, error: Option<&str>) -> Markup {
    let field = |name, label, hint, error| Field {
        name,
        label,
        kind: "text",
        autocomplete: "off",
        value: "",
        hint: Some(hint),
        error,
    };
    let query = serde_urlencoded::to_string(request).unwrap_or_default();
    html! {
        h1 { "Identity provider " (name) }
        p { "Stands in for a customer's own. It says of a person whatever is typed." }
        form method="post" action=(format!("/idp/{name}/authorize?{query}")) novalidate {
            (field("username", "User name", "UPN, sub or NameID: what never changes", error).render())
            (field("email", "Email address", "May be empty, or not theirs", None).render())
            (field("email_verified", "Is the address proved?", "true, or anything else for no", None).render())
            (field("name", "Name", "As people read it", None).render())
            (field("groups", "Groups", "With commas between them", None).render())
            button type="submit" { "Continue" }
        }
    }
}
