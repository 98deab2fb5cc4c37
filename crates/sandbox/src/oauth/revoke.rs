//! `POST /oauth/revoke` (RFC 7009): ends a refresh token's family. Access tokens run until they expire.

use actix_web::{HttpRequest, HttpResponse, post, web};

use super::client::Credentials;
use super::error::OAuthError;
use super::fields::Fields;
use super::token::revoke_family;
use crate::state::State;

#[post("/oauth/revoke")]
pub(super) async fn revoke(
    state: web::Data<State>,
    http: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, OAuthError> {
    let fields = Fields::parse(&http, &body)?;
    let credentials = Credentials::of(&http, &fields)?;
    let client = state.read(|tenant| credentials.authenticate(tenant))?;
    let token = fields.required("token")?;
    state.write(|tenant| {
        let family = tenant
            .refresh_tokens
            .get(token)
            .filter(|found| found.client_id == client.client_id)
            .map(|found| found.family.clone());
        if let Some(family) = family {
            revoke_family(tenant, &family);
        }
    });
    // The answer does not tell whether the token was known.
    Ok(HttpResponse::Ok().finish())
}
