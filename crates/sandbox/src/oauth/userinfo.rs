//! `/userinfo` (OpenID Connect Core, 5.3).

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde_json::Value;

use super::error::OAuthError;
use crate::state::State;
use crate::tokens::{bearer_claims, has_audience, profile_claims};

#[get("/userinfo")]
pub(super) async fn show(
    state: web::Data<State>,
    http: HttpRequest,
) -> Result<HttpResponse, OAuthError> {
    answer(&state, &http)
}

#[post("/userinfo")]
pub(super) async fn show_posted(
    state: web::Data<State>,
    http: HttpRequest,
) -> Result<HttpResponse, OAuthError> {
    answer(&state, &http)
}

fn answer(state: &State, http: &HttpRequest) -> Result<HttpResponse, OAuthError> {
    let claims = bearer_claims(state, http).map_err(|_| OAuthError::InvalidToken)?;
    let scope = claims
        .get("scope")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !scope.split(' ').any(|scope| scope == "openid") {
        return Err(OAuthError::OpenIdNotGranted);
    }
    if !has_audience(&claims, |audience| audience.ends_with("/userinfo")) {
        return Err(OAuthError::InvalidToken);
    }
    let subject = claims
        .get("sub")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let body = state.read(|tenant| {
        let user = tenant.users.get(subject).ok_or(OAuthError::InvalidToken)?;
        let mut body = profile_claims(user, scope);
        body.insert("sub".to_owned(), subject.into());
        Ok(body)
    })?;
    Ok(HttpResponse::Ok().json(body))
}
