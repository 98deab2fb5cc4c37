//! `/u/signup`: a new account in the database connection.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::error_page::PageError;
use super::finish::finish;
use super::page::{Field, page, respond};
use super::transactions::{self, AtState, Opened};
use super::{connections, verification};
use crate::accounts::{NewUser, new_user};
use crate::passwords;
use crate::state::State;
use crate::tenant::{Authenticated, LogFacts};

#[derive(Deserialize)]
pub(super) struct SignupForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

#[derive(Clone, Copy, Default)]
struct Errors {
    email: Option<&'static str>,
    password: Option<&'static str>,
}

#[get("/u/signup")]
pub(super) async fn show(
    state: web::Data<State>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open(&state, &at.state)?;
    offered(&state, &opened)?;
    let hint = opened.transaction.login_hint.clone().unwrap_or_default();
    Ok(respond(
        StatusCode::OK,
        page("Sign up", &content(&opened, &hint, Errors::default())),
    ))
}

#[post("/u/signup")]
pub(super) async fn submit(
    state: web::Data<State>,
    http: HttpRequest,
    at: web::Query<AtState>,
    form: web::Form<SignupForm>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open_form(&state, &at.state, &form.csrf)?;
    offered(&state, &opened)?;
    match sign_up(&state, &opened, form.email.trim(), &form.password) {
        Ok(who) => {
            transactions::end(&state, &opened);
            verification::send(&state, &opened.transaction.host, &who.user_id);
            Ok(finish(&state, &http, opened.transaction, who).await)
        }
        Err(errors) => {
            let content = content(&opened, form.email.trim(), errors);
            Ok(respond(StatusCode::BAD_REQUEST, page("Sign up", &content)))
        }
    }
}

fn offered(state: &State, opened: &Opened) -> Result<(), PageError> {
    let offered =
        state.read(|tenant| connections::signup_connection(tenant, &opened.transaction).is_some());
    if offered {
        Ok(())
    } else {
        Err(PageError::NotOffered)
    }
}

fn sign_up(
    state: &State,
    opened: &Opened,
    email: &str,
    password: &str,
) -> Result<Authenticated, Errors> {
    let errors = Errors {
        email: (!is_email(email)).then_some("Enter an email address like name@example.com"),
        password: (!passwords::is_strong_enough(password)).then_some("Use at least 8 characters"),
    };
    if errors.email.is_some() || errors.password.is_some() {
        return Err(errors);
    }
    let hashed = passwords::hash(password);
    let now = state.clock().now();
    state.write(|tenant| {
        let connection = connections::signup_connection(tenant, &opened.transaction);
        let Some(connection) = connection else {
            return Err(Errors::default());
        };
        if tenant.user_by_email(&connection.name, email).is_some() {
            return Err(Errors {
                email: Some("This email address has an account already"),
                password: None,
            });
        }
        let new = NewUser {
            connection,
            email: Some(email.to_owned()),
            email_verified: false,
            name: None,
            password: Some(hashed),
        };
        let user = new_user(new, now);
        let who = Authenticated {
            user_id: user.user_id.clone(),
            connection: connection.name.clone(),
            session_id: None,
        };
        tenant.users.insert(user.user_id.clone(), user);
        tenant.publish_user("user.created", &who.user_id, now);
        let facts = LogFacts {
            kind: "ss",
            description: "Successful signup",
            client_id: &opened.transaction.client_id,
            connection: &who.connection,
            user_id: &who.user_id,
            organization: opened.transaction.organization.as_deref(),
            ..LogFacts::default()
        };
        tenant.log_facts(facts, now);
        Ok(who)
    })
}

pub(super) fn is_email(text: &str) -> bool {
    text.len() <= 254
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.contains('@')
        })
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>\"(),;:\\".contains(c))
}

fn content(opened: &Opened, email: &str, errors: Errors) -> Markup {
    let email = Field {
        name: "email",
        label: "Email address",
        kind: "email",
        autocomplete: "email",
        value: email,
        hint: None,
        error: errors.email,
    };
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        autocomplete: "new-password",
        value: "",
        hint: Some("At least 8 characters"),
        error: errors.password,
    };
    html! {
        h1 { "Sign up" }
        p { "Create your account" }
        form method="post" action=(opened.url("/u/signup")) novalidate {
            input type="hidden" name="csrf" value=(opened.transaction.csrf);
            (email.render())
            (password.render())
            button type="submit" name="action" value="default" { "Sign up" }
        }
        p { "Have an account? " a href=(opened.url("/u/login/identifier")) { "Log in" } }
    }
}
