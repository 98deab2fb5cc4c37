//! `/u/signup/invitation` and `/u/invitation`: where the link of an invitation leads. The address is the invitee's and
//! cannot be changed; whoever goes on as somebody else spoils the invitation.

mod accept;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde::Deserialize;

use super::connections;
use super::error_page::PageError;
use super::finish::finish;
use super::identifier::destination;
use super::page::{Field, page, respond};
use super::refusal::{Refusal, refuse};
use super::transactions::{self, AtState, Opened};
use crate::accounts::{NewUser, new_user};
use crate::passwords;
use crate::state::State;
use crate::tenant::{Authenticated, Connection, Invitation, LoginTransaction, Tenant};
pub(super) use accept::accept;

const TITLE: &str = "Accept your invitation";
const WEAK: &str = "Use at least 8 characters";
const WRONG: &str = "Wrong password";

/// The invitation that a login is about, while it can be accepted.
pub(super) fn pending<'t>(
    tenant: &'t Tenant,
    transaction: &LoginTransaction,
    now: DateTime<Utc>,
) -> Option<&'t Invitation> {
    let ticket = transaction.invitation.as_ref()?;
    let organization = tenant
        .organizations
        .get(transaction.organization.as_ref()?)?;
    organization
        .open_invitations(now)
        .find(|invitation| invitation.ticket_id == *ticket)
}

pub(super) fn not_found() -> Refusal {
    Refusal::invalid_request("invitation not found or already used")
}

/// Finds the invitation that was asked for and lets the login be about it: by its connection, for its address.
pub(super) fn bind(
    tenant: &Tenant,
    transaction: &mut LoginTransaction,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if transaction.invitation.is_none() {
        return Ok(());
    }
    let invitation = pending(tenant, transaction, now).ok_or_else(not_found)?;
    if transaction.connection.is_none() {
        let connection = invitation.connection_id.as_ref();
        // A connection that is gone by now is offered by nobody, which its id says as well as its name would.
        transaction.connection = connection.map(|id| match tenant.connections.get(id) {
            Some(connection) => connection.name.clone(),
            None => id.clone(),
        });
    }
    transaction
        .login_hint
        .get_or_insert_with(|| invitation.invitee.clone());
    Ok(())
}

pub(super) fn first_page(tenant: &Tenant, opened: &Opened) -> String {
    let only = &opened.transaction.connection;
    if only.is_some() && connections::offered_database(tenant, &opened.transaction).is_none() {
        opened.url("/u/invitation")
    } else {
        opened.url("/u/signup/invitation")
    }
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    password: String,
}

/// Before the identity provider that an invitation is bound to.
#[get("/u/invitation")]
pub(super) async fn interstitial(
    state: web::Data<State>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    shown(&state, &transactions::open(&state, &at.state)?)
}

#[get("/u/signup/invitation")]
pub(super) async fn show(
    state: web::Data<State>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    shown(&state, &transactions::open(&state, &at.state)?)
}

fn shown(state: &State, opened: &Opened) -> Result<HttpResponse, PageError> {
    let now = state.clock().now();
    let content = state.read(|tenant| {
        let invitation = pending(tenant, &opened.transaction, now)?;
        Some(content(tenant, opened, invitation, None))
    });
    Ok(match content {
        Some(content) => respond(StatusCode::OK, page(TITLE, &content)),
        None => gone(state, opened),
    })
}

/// Revoked, expired or accepted while the page was open.
fn gone(state: &State, opened: &Opened) -> HttpResponse {
    transactions::end(state, opened);
    refuse(&opened.transaction, &not_found())
}

#[post("/u/signup/invitation")]
pub(super) async fn submit(
    state: web::Data<State>,
    http: HttpRequest,
    at: web::Query<AtState>,
    form: web::Form<PasswordForm>,
) -> Result<HttpResponse, PageError> {
    let opened = transactions::open_form(&state, &at.state, &form.csrf)?;
    let now = state.clock().now();
    let entered = state.write(|tenant| enter(tenant, &opened.transaction, &form.password, now));
    match entered {
        Ok(who) => {
            transactions::end(&state, &opened);
            Ok(finish(&state, &http, opened.transaction, who).await)
        }
        Err(NotEntered::Gone) => Ok(gone(&state, &opened)),
        Err(NotEntered::NotOffered) => Err(PageError::NotOffered),
        Err(NotEntered::Password(error)) => Ok(again(&state, &opened, error)),
    }
}

fn again(state: &State, opened: &Opened, error: &str) -> HttpResponse {
    let now = state.clock().now();
    let content = state.read(|tenant| {
        let invitation = pending(tenant, &opened.transaction, now)?;
        Some(content(tenant, opened, invitation, Some(error)))
    });
    match content {
        Some(content) => respond(StatusCode::BAD_REQUEST, page(TITLE, &content)),
        None => gone(state, opened),
    }
}

enum NotEntered {
    Gone,
    NotOffered,
    Password(&'static str),
}

/// Logs the invitee in, or signs them up with the password that they chose.
fn enter(
    tenant: &mut Tenant,
    transaction: &LoginTransaction,
    password: &str,
    now: DateTime<Utc>,
) -> Result<Authenticated, NotEntered> {
    let email = pending(tenant, transaction, now)
        .ok_or(NotEntered::Gone)?
        .invitee
        .clone();
    let connection =
        connections::offered_database(tenant, transaction).ok_or(NotEntered::NotOffered)?;
    let who = |user_id: &str| Authenticated {
        user_id: user_id.to_owned(),
        connection: connection.name.clone(),
        session_id: None,
    };
    if let Some(user) = tenant.user_by_email(&connection.name, &email) {
        let stored = user.password.as_deref();
        return if stored.is_some_and(|stored| passwords::matches(password, stored)) {
            Ok(who(&user.user_id))
        } else {
            Err(NotEntered::Password(WRONG))
        };
    }
    if !connections::invitees_may_sign_up(tenant, transaction, connection) {
        return Err(NotEntered::NotOffered);
    }
    if !passwords::is_strong_enough(password) {
        return Err(NotEntered::Password(WEAK));
    }
    let user = new_user(
        NewUser {
            connection,
            email: Some(email),
            email_verified: false,
            name: None,
            password: Some(passwords::hash(password)),
        },
        now,
    );
    let who = who(&user.user_id);
    tenant.users.insert(who.user_id.clone(), user);
    tenant.publish_user("user.created", &who.user_id, now);
    Ok(who)
}

fn content(
    tenant: &Tenant,
    opened: &Opened,
    invitation: &Invitation,
    error: Option<&str>,
) -> Markup {
    let transaction = &opened.transaction;
    let offered = connections::offered(tenant, transaction);
    html! {
        h1 { (TITLE) }
        p { (invitation.inviter) " has invited you to join " (destination(tenant, opened)) }
        @if let Some(database) = offered.iter().find(|connection| connection.is_database()) {
            (password_form(tenant, opened, invitation, database, error))
        }
        @for connection in connections::buttons(tenant, transaction) {
            a.button href=(opened.url(&format!("/u/idp/{}", connection.name))) {
                "Continue with " (connection.display_name.as_ref().unwrap_or(&connection.name))
            }
        }
    }
}

fn password_form(
    tenant: &Tenant,
    opened: &Opened,
    invitation: &Invitation,
    database: &Connection,
    error: Option<&str>,
) -> Markup {
    let known = tenant
        .user_by_email(&database.name, &invitation.invitee)
        .is_some();
    let password = Field {
        name: "password",
        label: "Password",
        kind: "password",
        autocomplete: if known {
            "current-password"
        } else {
            "new-password"
        },
        value: "",
        hint: (!known).then_some("At least 8 characters"),
        error,
    };
    let may_enter =
        known || connections::invitees_may_sign_up(tenant, &opened.transaction, database);
    html! {
        @if may_enter {
            form method="post" action=(opened.url("/u/signup/invitation")) novalidate {
                input type="hidden" name="csrf" value=(opened.transaction.csrf);
                label for="email" { "Email address" }
                input id="email" name="email" type="email" value=(invitation.invitee) autocomplete="username" readonly;
                (password.render())
                button type="submit" name="action" value="default" { @if known { "Log in" } @else { "Sign up" } }
            }
        }
        p { "Another account? " a href=(opened.url("/u/login/identifier")) { "Log in" } }
    }
}
