//! The way back to the application: with a code, or with an OAuth error (RFC 6749, 4.1.2).

use actix_web::HttpResponse;
use actix_web::http::header::{self, ContentType};
use maud::{DOCTYPE, html};
use serde_json::json;
use url::Url;

use crate::ids;
use crate::tenant::LoginTransaction;

pub(super) const WEB_MESSAGE: &str = "web_message";
pub(super) const FORM_POST: &str = "form_post";

/// What is told to the application in place of a code.
#[derive(Debug)]
pub(super) struct Refusal {
    error: &'static str,
    description: String,
}

impl Refusal {
    pub(super) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            error,
            description: description.into(),
        }
    }

    pub(super) fn description(&self) -> &str {
        &self.description
    }

    pub(super) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(super) fn access_denied(description: impl Into<String>) -> Self {
        Self::new("access_denied", description)
    }
}

pub(super) fn refuse(transaction: &LoginTransaction, refusal: &Refusal) -> HttpResponse {
    answer(
        transaction,
        &[
            ("error", refusal.error),
            ("error_description", &refusal.description),
        ],
    )
}

pub(super) fn answer(transaction: &LoginTransaction, parameters: &[(&str, &str)]) -> HttpResponse {
    let mut parameters = parameters.to_vec();
    if let Some(state) = &transaction.state {
        parameters.push(("state", state));
    }
    if transaction.response_mode == WEB_MESSAGE {
        return web_message(&transaction.redirect_uri, &parameters);
    }
    if transaction.response_mode == FORM_POST {
        return form_post(&transaction.redirect_uri, &parameters);
    }
    let mut url = Url::parse(&transaction.redirect_uri).expect("a registered callback is a URL");
    url.query_pairs_mut().extend_pairs(&parameters);
    HttpResponse::Found()
        .insert_header((header::LOCATION, url.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// A form that sends itself (OAuth 2.0 Form Post Response Mode).
fn form_post(redirect_uri: &str, parameters: &[(&str, &str)]) -> HttpResponse {
    let nonce = ids::opaque();
    let page = html! {
        (DOCTYPE)
        html {
            head { title { "Submit this form" } }
            body {
                form method="post" action=(redirect_uri) {
                    @for (name, value) in parameters {
                        input type="hidden" name=(name) value=(value);
                    }
                    noscript { button { "Continue" } }
                }
                script nonce=(nonce) { "document.forms[0].submit()" }
            }
        }
    };
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            format!("default-src 'none'; script-src 'nonce-{nonce}'; frame-ancestors 'none'"),
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page.into_string())
}

/// For silent logins inside a frame: the answer is posted to the application's own origin.
fn web_message(redirect_uri: &str, parameters: &[(&str, &str)]) -> HttpResponse {
    let origin = Url::parse(redirect_uri)
        .expect("a registered callback is a URL")
        .origin()
        .ascii_serialization();
    let response: serde_json::Map<_, _> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let message = json!({ "type": "authorization_response", "response": response });
    // `<` would end the script element early.
    let message = message.to_string().replace('<', "\\u003c");
    let origin_json = json!(origin).to_string();
    let nonce = ids::opaque();
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            format!("default-src 'none'; script-src 'nonce-{nonce}'; frame-ancestors {origin}"),
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(format!(
            "<!doctype html><title>Authorization response</title><script nonce=\"{nonce}\">\
             (window.opener||window.parent).postMessage({message},{origin_json});</script>"
        ))
}
