//! `/u/login/password`: prove it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::connections;
use super::error_page::PageError;
use super::finish::finish;
use super::identifier::destination;
use super::page::{Field, page, respond};
use super::transactions::{self, AtState, Opened};
use crate::passwords;
use crate::state::State;
use crate::tenant::{Authenticated, LogFacts, Tenant};

const WRONG: &str = "Wrong email or password";

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    csrf: String,
    /// The page repeats the address, so that password managers see both; it may be corrected here.
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

#[get("/u/login/password")]
pub(super) async fn show(
    state: web::Data<State>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open(&state, &at.state)?;
    let content = state.read(|tenant| content(tenant, &opened, None));
    Ok(respond(
        StatusCode::OK,
        page("Enter your password", &content),
    ))
}

#[post("/u/login/password")]
pub(super) async fn submit(
    state: web::Data<State>,
    http: HttpRequest,
    at: web::Query<AtState>,
    form: web::Form<PasswordForm>,
) -> Result<HttpResponse, PageError> {
    let mut opened = transactions::open_form(&state, &at.state, &form.csrf)?;
    if !form.username.trim().is_empty() {
        opened.transaction.login_hint = Some(form.username.trim().to_owned());
        transactions::save(&state, &opened);
    }
    let Some(who) = state.read(|tenant| authenticated(tenant, &opened, &form.password)) else {
        log_failure(&state, &opened);
        let content = state.read(|tenant| content(tenant, &opened, Some(WRONG)));
        return Ok(respond(
            StatusCode::BAD_REQUEST,
            page("Enter your password", &content),
        ));
    };
    transactions::end(&state, &opened);
    Ok(finish(&state, &http, opened.transaction, who).await)
}

/// `fp` for a wrong password, `fu` for nobody's address.
fn log_failure(state: &State, opened: &Opened) {
    let now = state.clock().now();
    let transaction = &opened.transaction;
    let typed = transaction.login_hint.as_deref();
    state.write(|tenant| {
        let connection = connections::offered_database(tenant, transaction);
        let connection = connection.map(|connection| connection.name.clone());
        let connection = connection.unwrap_or_default();
        let user = typed.and_then(|email| tenant.user_by_email(&connection, email));
        let user_id = user.map(|user| user.user_id.clone()).unwrap_or_default();
        let facts = LogFacts {
            kind: if user_id.is_empty() { "fu" } else { "fp" },
            description: WRONG,
            client_id: &transaction.client_id,
            connection: &connection,
            user_id: &user_id,
            user_name: typed,
            organization: transaction.organization.as_deref(),
            ..LogFacts::default()
        };
        tenant.log_facts(facts, now);
    });
}

fn authenticated(tenant: &Tenant, opened: &Opened, password: &str) -> Option<Authenticated> {
    let connection = connections::offered_database(tenant, &opened.transaction)?;
    let email = opened.transaction.login_hint.as_deref()?;
    let user = tenant.user_by_email(&connection.name, email)?;
    let stored = user.password.as_deref()?;
    passwords::matches(password, stored).then(|| Authenticated {
        user_id: tenant.main_account(&user.user_id).to_owned(),
        connection: connection.name.clone(),
        session_id: None,
    })
}

fn content(tenant: &Tenant, opened: &Opened, error: Option<&str>) -> Markup {
    let transaction = &opened.transaction;
    let username = Field {
        name: "username",
        label: "Email address",
        kind: "email",
        autocomplete: "username",
        value: transaction.login_hint.as_deref().unwrap_or_default(),
        hint: None,
        error: None,
    };
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        autocomplete: "current-password",
        value: "",
        hint: None,
        error,
    };
    html! {
        h1 { "Enter your password" }
        p { "to continue to " (destination(tenant, opened)) }
        form method="post" action=(opened.url("/u/login/password")) novalidate {
            input type="hidden" name="csrf" value=(transaction.csrf);
            (username.render())
            (password.render())
            button type="submit" name="action" value="default" { "Continue" }
        }
        @if connections::signup_connection(tenant, transaction).is_some() {
            p { "No account yet? " a href=(opened.url("/u/signup")) { "Sign up" } }
        }
    }
}
