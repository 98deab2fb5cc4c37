//! The page for what must not be sent back to an application: it, or its callback, is unknown.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use maud::html;

use super::page::{page, respond};

#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    #[error("Missing required parameter: {0}")]
    MissingParameter(&'static str),
    #[error("Unknown client: {0}")]
    UnknownClient(String),
    #[error("Callback URL mismatch. {0} is not in the list of allowed callback URLs")]
    CallbackMismatch(String),
    #[error("The return address {0} is not in the list of allowed logout URLs")]
    LogoutMismatch(String),
    #[error("The id_token_hint does not belong to this client")]
    LogoutHint,
    #[error(
        "This login has expired or was finished already. Please go back to the application and start again"
    )]
    UnknownTransaction,
    #[error("This form was not sent by this site")]
    ForgedForm,
    #[error("This way of logging in is not offered here")]
    NotOffered,
    #[error("This link has been used already or has expired")]
    UnknownTicket,
}

impl PageError {
    fn code(&self) -> &'static str {
        match self {
            Self::MissingParameter(_)
            | Self::LogoutMismatch(_)
            | Self::LogoutHint
            | Self::UnknownTransaction
            | Self::UnknownTicket => "invalid_request",
            Self::UnknownClient(_) => "invalid_client",
            Self::CallbackMismatch(_) => "unauthorized_client",
            Self::ForgedForm | Self::NotOffered => "access_denied",
        }
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::CallbackMismatch(_) | Self::ForgedForm | Self::NotOffered => {
                StatusCode::FORBIDDEN
            }
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let content = html! {
            h1 { "Oops!, something went wrong" }
            p.error role="alert" { (self) "." }
            dl { dt { "error" } dd { (self.code()) } }
        };
        respond(self.status_code(), page("Error", &content))
    }
}
