//! `/sandbox/mailbox`: a page for people, JSON for programs.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, delete, get, web};
use maud::{Markup, html};
use serde_json::json;

use crate::login::{respond, wide_page};
use crate::mailbox::Mail;
use crate::state::State;

#[get("/sandbox/mailbox")]
pub(super) async fn show(state: web::Data<State>, http: HttpRequest) -> HttpResponse {
    let mails = state.mailbox().mails();
    let accept = http
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        return respond(StatusCode::OK, wide_page("Mailbox", &content(&mails)));
    }
    HttpResponse::Ok().json(json!({ "mails": mails }))
}

#[delete("/sandbox/mailbox")]
pub(super) async fn clear(state: web::Data<State>) -> HttpResponse {
    state.mailbox().clear();
    HttpResponse::NoContent().finish()
}

fn content(mails: &[Mail]) -> Markup {
    html! {
        h1 { "Mailbox" }
        p { "What the tenant would have sent, and what came by SMTP, newest first." }
        @if mails.is_empty() { p { "Nothing yet." } }
        @for mail in mails {
            article {
                h2 { (mail.subject) }
                p.hint { "to " (mail.to) ", " time datetime=(mail.at.to_rfc3339()) { (mail.at.format("%F %T UTC")) } }
                pre { (mail.text) }
                @if let Some(link) = &mail.link { p { a href=(link) rel="noreferrer" { "Open the link" } } }
            }
        }
    }
}
