//! Proof of an e-mail address: a letter after sign-up, and the page its link opens.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, web};
use maud::html;
use serde::Deserialize;

use super::error_page::PageError;
use super::page::{page, respond};
use crate::ids;
use crate::mailbox::Mail;
use crate::state::State;

#[derive(Deserialize)]
pub(super) struct Ticket {
    ticket: String,
}

pub(super) fn send(state: &State, host: &str, user_id: &str) {
    let ticket = ids::opaque();
    let email = state.write(|tenant| {
        tenant
            .email_verifications
            .insert(ticket.clone(), user_id.to_owned());
        tenant
            .users
            .get(user_id)
            .and_then(|user| user.email.clone())
    });
    let Some(to) = email else { return };
    let link = format!("{host}u/email-verification?ticket={ticket}");
    state.mailbox().deliver(Mail {
        at: state.clock().now(),
        to,
        template: "verify_email".to_owned(),
        subject: "Verify your email".to_owned(),
        text: format!("Welcome! Please confirm that this address is yours:\n{link}"),
        html: None,
        link: Some(link),
        message_id: None,
    });
}

#[get("/u/email-verification")]
pub(super) async fn verify(
    state: web::Data<State>,
    query: web::Query<Ticket>,
) -> Result<HttpResponse, PageError> {
    let now = state.clock().now();
    state.write(|tenant| {
        let user_id = tenant
            .email_verifications
            .remove(&query.ticket)
            .ok_or(PageError::UnknownTicket)?;
        let user = tenant
            .users
            .get_mut(&user_id)
            .ok_or(PageError::UnknownTicket)?;
        user.email_verified = true;
        user.updated_at = now;
        tenant.publish_user("user.updated", &user_id, now);
        Ok(())
    })?;
    let content = html! {
        h1 { "Email verified" }
        p { "Thank you. You can close this page." }
    };
    Ok(respond(StatusCode::OK, page("Email verified", &content)))
}
