//! `/u/idp/NAME`: stands in for Google and for a customer's identity provider. It believes whatever is typed.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::connections;
use super::error_page::PageError;
use super::finish::finish;
use super::page::{Field, page, respond};
use super::signup::is_email;
use super::transactions::{self, AtState, Opened};
use crate::accounts::{NewUser, new_user};
use crate::state::State;
use crate::tenant::{Authenticated, Connection};

#[derive(Deserialize)]
pub(super) struct IdentityForm {
    #[serde(default)]
    csrf: String,
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
    let email = form.email.trim();
    if !is_email(email) {
        let error = Some("Enter an email address like name@example.com");
        let content = content(&opened, &connection, error);
        return Ok(respond(
            StatusCode::BAD_REQUEST,
            page("Identity provider", &content),
        ));
    }
    let who = Authenticated {
        user_id: find_or_create(&state, &connection, email, form.name.trim()),
        connection: connection.name,
        session_id: None,
    };
    transactions::end(&state, &opened);
    Ok(finish(&state, &http, opened.transaction, who).await)
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

fn find_or_create(state: &State, connection: &Connection, email: &str, name: &str) -> String {
    let now = state.clock().now();
    state.write(|tenant| {
        if let Some(user) = tenant.user_by_email(&connection.name, email) {
            return user.user_id.clone();
        }
        let new = NewUser {
            connection,
            email: Some(email.to_owned()),
            email_verified: true,
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            password: None,
        };
        let user = new_user(new, now);
        let id = user.user_id.clone();
        tenant.users.insert(id.clone(), user);
        tenant.publish_user("user.created", &id, now);
        id
    })
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
    html! {
        h1 { (connection.display_name.as_ref().unwrap_or(&connection.name)) }
        p { "A stand-in for the real provider. Whoever you say you are, it will vouch for it." }
        form method="post" action=(opened.url(&format!("/u/idp/{}", connection.name))) novalidate {
            input type="hidden" name="csrf" value=(opened.transaction.csrf);
            (email.render())
            (name.render())
            button type="submit" { "Continue" }
        }
    }
}
