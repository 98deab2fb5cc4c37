//! OAuth's error bodies, with the status codes that Auth0 answers.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

#[derive(Debug, thiserror::Error)]
pub(crate) enum OAuthError {
    #[error("Missing required parameter: {0}")]
    MissingParameter(&'static str),
    #[error("The request body must be a form or a JSON object")]
    UnreadableBody,
    #[error("Unauthorized")]
    WrongClient,
    #[error("Unsupported grant type: {0}")]
    UnsupportedGrantType(String),
    #[error("Grant type '{0}' not allowed for the client.")]
    GrantTypeNotAllowed(&'static str),
    #[error("Invalid authorization code")]
    InvalidCode,
    #[error("The redirect URI is wrong. You sent {sent}, and we expected {expected}")]
    WrongRedirectUri { sent: String, expected: String },
    #[error("Failed to verify code verifier")]
    WrongVerifier,
    #[error("Unknown or invalid refresh token.")]
    InvalidRefreshToken,
    #[error("{0}")]
    Denied(String),
    #[error("Multifactor authentication required")]
    MfaRequired,
    #[error("Service not enabled within domain: {0}")]
    UnknownAudience(String),
    #[error(
        "Client is not authorized to access \"{0}\". You need to create a \"client-grant\" associated to this API. \
         See: https://auth0.com/docs/api/v2#!/Client_Grants/post_client_grants"
    )]
    NoClientGrant(String),
    #[error("parameter organization is not allowed for this client")]
    OrganizationNotAllowed,
    #[error("Unauthorized")]
    InvalidToken,
    #[error("openid scope must be requested")]
    OpenIdNotGranted,
}

impl OAuthError {
    fn code(&self) -> &'static str {
        match self {
            Self::MissingParameter(_) | Self::UnreadableBody | Self::OpenIdNotGranted => {
                "invalid_request"
            }
            Self::OrganizationNotAllowed => "invalid_request",
            Self::WrongClient
            | Self::Denied(_)
            | Self::UnknownAudience(_)
            | Self::NoClientGrant(_) => "access_denied",
            Self::MfaRequired => "mfa_required",
            Self::UnsupportedGrantType(_) => "unsupported_grant_type",
            Self::GrantTypeNotAllowed(_) => "unauthorized_client",
            Self::InvalidCode
            | Self::WrongRedirectUri { .. }
            | Self::WrongVerifier
            | Self::InvalidRefreshToken => "invalid_grant",
            Self::InvalidToken => "invalid_token",
        }
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::MissingParameter(_)
            | Self::UnreadableBody
            | Self::UnsupportedGrantType(_)
            | Self::OpenIdNotGranted
            | Self::OrganizationNotAllowed => StatusCode::BAD_REQUEST,
            Self::WrongClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::GrantTypeNotAllowed(_)
            | Self::InvalidCode
            | Self::WrongRedirectUri { .. }
            | Self::WrongVerifier
            | Self::InvalidRefreshToken
            | Self::Denied(_)
            | Self::MfaRequired
            | Self::UnknownAudience(_)
            | Self::NoClientGrant(_) => StatusCode::FORBIDDEN,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if matches!(self, Self::InvalidToken) {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
        }
        response
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(json!({ "error": self.code(), "error_description": self.to_string() }))
    }
}
