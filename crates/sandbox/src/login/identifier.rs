//! `/u/login/identifier`: who are you?

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::connections;
use super::error_page::PageError;
use super::page::{Field, page, respond};
use super::transactions::{self, AtState, Opened};
use crate::state::State;
use crate::tenant::Tenant;

#[derive(Deserialize)]
pub(super) struct IdentifierForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    username: String,
}

#[get("/u/login/identifier")]
pub(super) async fn show(
    state: web::Data<State>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open(&state, &at.state)?;
    let content = state.read(|tenant| content(tenant, &opened, None));
    Ok(respond(StatusCode::OK, page("Log in", &content)))
}

#[post("/u/login/identifier")]
pub(super) async fn submit(
    state: web::Data<State>,
    at: web::Query<AtState>,
    form: web::Form<IdentifierForm>,
) -> Result<HttpResponse, PageError> {
    let mut opened = transactions::open_form(&state, &at.state, &form.csrf)?;
    let username = form.username.trim();
    if username.is_empty() {
        let error = Some("Enter your email address");
        let content = state.read(|tenant| content(tenant, &opened, error));
        return Ok(respond(StatusCode::BAD_REQUEST, page("Log in", &content)));
    }
    opened.transaction.login_hint = Some(username.to_owned());
    transactions::save(&state, &opened);
    let location =
        state.read(
            |tenant| match connections::by_domain(tenant, &opened.transaction, username) {
                Some(connection) => opened.url(&format!("/u/idp/{}", connection.name)),
                None => opened.url("/u/login/password"),
            },
        );
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, location))
        .finish())
}

/// "to Acme" in an organization, "to the application" otherwise.
pub(super) fn destination(tenant: &Tenant, opened: &Opened) -> String {
    let transaction = &opened.transaction;
    let organization = transaction
        .organization
        .as_ref()
        .and_then(|id| tenant.organizations.get(id));
    if let Some(organization) = organization {
        return organization
            .display_name
            .clone()
            .unwrap_or_else(|| organization.name.clone());
    }
    tenant
        .clients
        .get(&transaction.client_id)
        .map(|client| client.name.clone())
        .unwrap_or_default()
}

fn content(tenant: &Tenant, opened: &Opened, error: Option<&str>) -> Markup {
    let transaction = &opened.transaction;
    let offered = connections::offered(tenant, transaction);
    let field = Field {
        name: "username",
        label: "Email address",
        kind: "email",
        autocomplete: "username",
        value: transaction.login_hint.as_deref().unwrap_or_default(),
        hint: None,
        error,
    };
    html! {
        h1 { "Log in" }
        p { "to continue to " (destination(tenant, opened)) }
        @if offered.iter().any(|connection| connection.is_database() || connection.has_domains()) {
            form method="post" action=(opened.url("/u/login/identifier")) novalidate {
                input type="hidden" name="csrf" value=(transaction.csrf);
                (field.render())
                button type="submit" name="action" value="default" { "Continue" }
            }
        }
        @for connection in connections::buttons(tenant, transaction) {
            a.button href=(opened.url(&format!("/u/idp/{}", connection.name))) {
                "Continue with " (connection.display_name.as_ref().unwrap_or(&connection.name))
            }
        }
        @if connections::signup_connection(tenant, transaction).is_some() {
            p { "No account yet? " a href=(opened.url("/u/signup")) { "Sign up" } }
        }
    }
}
