//! `/u/mfa-otp-enrollment` and `/u/mfa-otp-challenge`: a second factor, where an Action asks for one. Of all factors the
//! sandbox has the one-time password of an authenticator app.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::error_page::PageError;
use super::finish::conclude;
use super::page::{Field, page, respond};
use super::refusal::{Refusal, refuse};
use super::transactions::{self, AtState, Opened};
use crate::post_login::MfaRequest;
use crate::state::State;
use crate::tenant::{Authenticated, Authenticator, LogFacts, LoginTransaction, PendingMfa};
use crate::totp;

/// Wrong codes in one login.
const ATTEMPTS: u32 = 10;

const OTP: &str = "otp";

#[derive(Deserialize)]
pub(super) struct CodeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: String,
}

/// Sends whoever has a factor of those asked for to prove it, and whoever has none to enrol one.
pub(super) fn ask(
    state: &State,
    mut transaction: LoginTransaction,
    who: Authenticated,
    request: &MfaRequest,
) -> HttpResponse {
    if !request.factors.iter().any(|factor| factor == OTP) {
        let none = format!(
            "none of these factors is available: {}",
            request.factors.join(", ")
        );
        return refuse(&transaction, &Refusal::access_denied(none));
    }
    let enrolled = state.read(|tenant| tenant.authenticators.contains_key(&who.user_id));
    if request.only_enrolled && !enrolled {
        let refusal = Refusal::access_denied("the user is not enrolled in the requested factor");
        return refuse(&transaction, &refusal);
    }
    transaction.authenticated = Some(who);
    transaction.pending_mfa = Some(PendingMfa {
        new_secret: (!enrolled).then(totp::secret),
        wrong: 0,
    });
    let opened = transactions::begin(state, transaction);
    let page = match enrolled {
        true => "/u/mfa-otp-challenge",
        false => "/u/mfa-otp-enrollment",
    };
    HttpResponse::Found()
        .insert_header((header::LOCATION, opened.url(page)))
        .finish()
}

#[get("/u/mfa-otp-enrollment")]
pub(super) async fn show_enrollment(
    state: web::Data<State>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    show(&state, &at.state)
}

#[get("/u/mfa-otp-challenge")]
pub(super) async fn show_challenge(
    state: web::Data<State>,
    at: web::Query<AtState>,
) -> Result<HttpResponse, PageError> {
    show(&state, &at.state)
}

#[post("/u/mfa-otp-enrollment")]
pub(super) async fn enroll(
    state: web::Data<State>,
    http: HttpRequest,
    at: web::Query<AtState>,
    form: web::Form<CodeForm>,
) -> Result<HttpResponse, PageError> {
    submit(&state, &http, &at.state, &form).await
}

#[post("/u/mfa-otp-challenge")]
pub(super) async fn prove(
    state: web::Data<State>,
    http: HttpRequest,
    at: web::Query<AtState>,
    form: web::Form<CodeForm>,
) -> Result<HttpResponse, PageError> {
    submit(&state, &http, &at.state, &form).await
}

fn show(state: &State, at: &str) -> Result<HttpResponse, PageError> {
    let opened = transactions::open(state, at)?;
    let pending = pending(&opened)?;
    let content = content(&opened, &pending, None);
    Ok(respond(
        StatusCode::OK,
        page("Verify your identity", &content),
    ))
}

fn pending(opened: &Opened) -> Result<PendingMfa, PageError> {
    let pending = opened.transaction.pending_mfa.clone();
    pending.ok_or(PageError::UnknownTransaction)
}

async fn submit(
    state: &State,
    http: &HttpRequest,
    at: &str,
    form: &CodeForm,
) -> Result<HttpResponse, PageError> {
    let mut opened = transactions::open_form(state, at, &form.csrf)?;
    let mut pending = pending(&opened)?;
    let who = opened.transaction.authenticated.clone();
    let who = who.ok_or(PageError::UnknownTransaction)?;
    if !accept(state, &who, &pending, &form.code) {
        log(state, &opened, &who, "gd_auth_failed");
        pending.wrong += 1;
        if pending.wrong >= ATTEMPTS {
            transactions::end(state, &opened);
            return Err(PageError::UnknownTransaction);
        }
        opened.transaction.pending_mfa = Some(pending.clone());
        transactions::save(state, &opened);
        let content = content(&opened, &pending, Some("The code you entered is invalid"));
        let page = page("Verify your identity", &content);
        return Ok(respond(StatusCode::BAD_REQUEST, page));
    }
    log(state, &opened, &who, "gd_auth_succeed");
    transactions::end(state, &opened);
    let transaction = LoginTransaction {
        authenticated: None,
        pending_mfa: None,
        mfa_at: Some(state.clock().now()),
        ..opened.transaction
    };
    Ok(conclude(state, http, transaction, who).await)
}

/// Keeps the factor that was enrolled, and uses the code up.
fn accept(state: &State, who: &Authenticated, pending: &PendingMfa, code: &str) -> bool {
    let now = state.clock().now();
    let code: String = code
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    state.write(|tenant| {
        let known = tenant.authenticators.get(&who.user_id).cloned();
        let authenticator = match (&pending.new_secret, known) {
            // Another login enrolled one in the meantime.
            (Some(_), Some(_)) | (None, None) => return false,
            (None, Some(known)) => known,
            (Some(secret), None) => Authenticator {
                secret: secret.clone(),
                enrolled_at: now,
                used_step: None,
            },
        };
        let used = authenticator.used_step;
        let Some(step) = totp::step_of(&authenticator.secret, &code, now, used) else {
            return false;
        };
        let used = Authenticator {
            used_step: Some(step),
            ..authenticator
        };
        tenant.authenticators.insert(who.user_id.clone(), used);
        true
    })
}

fn log(state: &State, opened: &Opened, who: &Authenticated, kind: &'static str) {
    let now = state.clock().now();
    let facts = LogFacts {
        kind,
        description: "Second factor",
        client_id: &opened.transaction.client_id,
        connection: &who.connection,
        user_id: &who.user_id,
        organization: opened.transaction.organization.as_deref(),
        ..LogFacts::default()
    };
    state.write(|tenant| tenant.log_facts(facts, now));
}

fn content(opened: &Opened, pending: &PendingMfa, error: Option<&str>) -> Markup {
    let field = Field {
        name: "code",
        label: "One-time code",
        kind: "text",
        autocomplete: "one-time-code",
        value: "",
        hint: Some("Six digits from your authenticator app"),
        error,
    };
    let (path, title) = match pending.new_secret {
        Some(_) => ("/u/mfa-otp-enrollment", "Secure your account"),
        None => ("/u/mfa-otp-challenge", "Verify your identity"),
    };
    html! {
        h1 { (title) }
        @if let Some(secret) = &pending.new_secret {
            p { "Add this account to an authenticator app, then enter the code that it shows." }
            dl {
                dt { "Key" } dd { code { (secret) } }
                dt { "Link" } dd { (totp::uri(secret, &opened.transaction.client_id)) }
            }
        }
        form method="post" action=(opened.url(path)) novalidate {
            input type="hidden" name="csrf" value=(opened.transaction.csrf);
            (field.render())
            button type="submit" name="action" value="default" { "Continue" }
        }
    }
}
