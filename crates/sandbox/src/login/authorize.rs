//! `GET /authorize`: straight back with a code when a session vouches for the person, else to the login pages.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};

use super::error_page::PageError;
use super::finish::finish;
use super::refusal::{Refusal, refuse};
use super::request::{self, Query};
use super::transactions::Opened;
use super::{connections, invitation, sessions, transactions};
use crate::state::State;
use crate::tenant::{Authenticated, LoginTransaction, Session};

#[get("/authorize")]
pub(super) async fn authorize(
    state: web::Data<State>,
    http: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, PageError> {
    let host = state.hosts().of(&http);
    let now = state.clock().now();
    let (transaction, checked) = state.read(|tenant| {
        let (client, redirect_uri) = request::return_address(tenant, &query)?;
        let mut transaction =
            request::transaction(&client.client_id, redirect_uri, host, &query, now);
        let checked = request::check(tenant, client, &mut transaction, now);
        Ok((transaction, checked))
    })?;
    if let Err(refusal) = checked {
        return Ok(refuse(&transaction, &refusal));
    }
    // Auth0's documentation shows an invitation's page whatever session there is, its support says that somebody else's
    // session fails. Here a session decides, for the invitation or against it; `prompt=login` shows the page.
    if let Some(session) =
        sessions::current(&state, &http).filter(|session| vouches(&state, session, &transaction))
    {
        let who = Authenticated {
            user_id: session.user_id,
            connection: session.connection,
            session_id: Some(session.id),
        };
        return Ok(finish(&state, &http, transaction, who).await);
    }
    if prompts(&transaction, "none") {
        return Ok(refuse(
            &transaction,
            &Refusal::new("login_required", "Login required"),
        ));
    }
    let opened = transactions::begin(&state, transaction);
    let location = state.read(|tenant| first_page(tenant, &opened));
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, location))
        .finish())
}

pub(super) fn prompts(transaction: &LoginTransaction, word: &str) -> bool {
    transaction
        .query
        .get("prompt")
        .is_some_and(|prompt| prompt.split(' ').any(|given| given == word))
}

/// Whether an earlier login is good enough for this one.
fn vouches(state: &State, session: &Session, transaction: &LoginTransaction) -> bool {
    if prompts(transaction, "login") || prompts(transaction, "select_account") {
        return false;
    }
    let age = (state.clock().now() - session.authenticated_at).num_seconds();
    let max_age = transaction
        .query
        .get("max_age")
        .and_then(|text| text.parse::<i64>().ok());
    if max_age.is_some_and(|max_age| age > max_age) {
        return false;
    }
    state.read(|tenant| {
        tenant.users.contains_key(&session.user_id)
            && (transaction.organization.is_none() && transaction.connection.is_none()
                || connections::offered(tenant, transaction)
                    .iter()
                    .any(|connection| connection.name == session.connection))
    })
}

fn first_page(tenant: &crate::tenant::Tenant, opened: &Opened) -> String {
    let transaction = &opened.transaction;
    if transaction.invitation.is_some() {
        return invitation::first_page(tenant, opened);
    }
    let client = tenant.clients.get(&transaction.client_id);
    let asks_organization = client.is_some_and(|client| {
        client.organization_usage == "require"
            && client.organization_require_behavior == "pre_login_prompt"
    });
    if transaction.organization.is_none() && asks_organization {
        return opened.url("/u/organization");
    }
    page_after_organization(tenant, opened)
}

pub(super) fn page_after_organization(tenant: &crate::tenant::Tenant, opened: &Opened) -> String {
    let transaction = &opened.transaction;
    if let Some(name) = &transaction.connection
        && connections::offered_database(tenant, transaction).is_none()
    {
        return opened.url(&format!("/u/idp/{name}"));
    }
    let wants_signup = transaction
        .query
        .get("screen_hint")
        .is_some_and(|hint| hint == "signup");
    if wants_signup && connections::signup_connection(tenant, transaction).is_some() {
        return opened.url("/u/signup");
    }
    opened.url("/u/login/identifier")
}
