//! The discovery document and the key set.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde_json::json;

use crate::keys::jwks;
use crate::state::State;

#[get("/.well-known/openid-configuration")]
pub(super) async fn configuration(state: web::Data<State>, http: HttpRequest) -> HttpResponse {
    let host = state.hosts().of(&http);
    HttpResponse::Ok().json(json!({
        "issuer": host,
        "authorization_endpoint": format!("{host}authorize"),
        "token_endpoint": format!("{host}oauth/token"),
        "userinfo_endpoint": format!("{host}userinfo"),
        "jwks_uri": format!("{host}.well-known/jwks.json"),
        "revocation_endpoint": format!("{host}oauth/revoke"),
        "end_session_endpoint": format!("{host}oidc/logout"),
        "scopes_supported": [
            "openid", "profile", "offline_access", "name", "given_name", "family_name", "nickname", "email",
            "email_verified", "picture", "created_at", "identities", "phone", "address",
        ],
        "response_types_supported": ["code", "id_token"],
        "response_modes_supported": ["query", "form_post", "web_message"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", "implicit"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "claims_supported": [
            "aud", "auth_time", "created_at", "email", "email_verified", "exp", "family_name", "given_name", "iat",
            "identities", "iss", "name", "nickname", "phone_number", "picture", "sub",
        ],
        "code_challenge_methods_supported": ["S256"],
        "request_uri_parameter_supported": false,
        "request_parameter_supported": false,
        "backchannel_logout_supported": false,
        "backchannel_logout_session_supported": false,
    }))
}

#[get("/.well-known/jwks.json")]
pub(super) async fn keys(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((
            header::CACHE_CONTROL,
            "public, max-age=15, stale-while-revalidate=15, stale-if-error=86400",
        ))
        .json(state.read(jwks))
}
