//! `/u/idp/NAME`: stands in for Google and for a customer's identity provider. It believes whatever is typed.

mod profile;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::error_page::PageError;
use super::finish::finish;
use super::page::{Field, page, respond};
use super::signup::is_email;
use super::transactions::{self, AtState, Opened};
use super::{connections, federation, saml};
use crate::state::State;
use crate::tenant::{Authenticated, Connection};
pub(super) use profile::{Profile, find_or_create};

#[derive(Deserialize)]
pub(super) struct IdentityForm {
    #[serde(default)]
    csrf: String,
    /// How the directory calls the person; only a customer's own provider has one.
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
}

#[get("/u/idp/{connection}")]
pub(super) async fn show(
    state: web::Data<State>,
    name: web::Path<String>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open(&state, &at.state)?;
    let connection = offered(&state, &opened, &name)?;
    if let Some(provider) = federation::Provider::of(&connection) {
        return Ok(provider.redirect(&connection, &opened));
    }
    if let Some(provider) = saml::Provider::of(&connection) {
        return Ok(provider.redirect(&state, &opened));
    }
    Ok(respond(
        StatusCode::OK,
        page("Identity provider", &content(&opened, &connection, None)),
    ))
}

#[post("/u/idp/{connection}")]
pub(super) async fn submit(
    state: web::Data<State>,
    http: HttpRequest,
    name: web::Path<String>,
    at: web::Query<AtState>,
    form: web::Form<IdentityForm>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open_form(&state, &at.state, &form.csrf)?;
    let connection = offered(&state, &opened, &name)?;
    let Some(profile) = form.profile(&connection) else {
        let error = Some("Enter an email address like name@example.com");
        let content = content(&opened, &connection, error);
        return Ok(respond(
            StatusCode::BAD_REQUEST,
            page("Identity provider", &content),
        ));
    };
    let now = state.clock().now();
    let who = Authenticated {
        user_id: state.write(|tenant| find_or_create(tenant, &connection, &profile, now)),
        connection: connection.name,
        session_id: None,
    };
    transactions::end(&state, &opened);
    Ok(finish(&state, &http, opened.transaction, who).await)
}

impl IdentityForm {
    /// `None` when there is nothing to know the person by, or the address is none.
    fn profile(&self, connection: &Connection) -> Option<Profile> {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let profile = Profile {
            username: filled(&self.username).filter(|_| connection.is_enterprise()),
            email: filled(&self.email),
            name: filled(&self.name),
            ..Profile::default()
        };
        let known = match &profile.email {
            Some(email) => is_email(email),
            None => profile.username.is_some(),
        };
        known.then_some(profile)
    }
}

fn offered(state: &State, opened: &Opened, name: &str) -> Result<Connection, PageError> {
    state
        .read(|tenant| {
            let offered = connections::offered(tenant, &opened.transaction);
            offered
                .into_iter()
                .find(|connection| connection.name == name && !connection.is_database())
                .cloned()
        })
        .ok_or(PageError::NotOffered)
}

fn content(opened: &Opened, connection: &Connection, error: Option<&str>) -> Markup {
    let email = Field {
        name: "email",
        label: "Email address",
        kind: "email",
        autocomplete: "email",
        value: opened.transaction.login_hint.as_deref().unwrap_or_default(),
        hint: None,
        error,
    };
    let name = Field {
        name: "name",
        label: "Name",
        kind: "text",
        autocomplete: "name",
        value: "",
        hint: Some("For a first visit"),
        error: None,
    };
    let username = Field::text(
        "username",
        "User name at the provider",
        "UPN or NameID; with it, the email address may be left empty or be any other",
        None,
    );
    html! {
        h1 { (connection.display_name.as_ref().unwrap_or(&connection.name)) }
        p { "A stand-in for the real provider. Whoever you say you are, it will vouch for it." }
        form method="post" action=(opened.url(&format!("/u/idp/{}", connection.name))) novalidate {
            input type="hidden" name="csrf" value=(opened.transaction.csrf);
            @if connection.is_enterprise() { (username.render()) }
            (email.render())
            (name.render())
            button type="submit" { "Continue" }
        }
    }
}
