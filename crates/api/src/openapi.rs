//! The OpenAPI 3.1 document, made from the handlers: every operation with every status and every problem code.

pub mod problems;

use actix_web::App;
use utoipa::Modify;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_actix_web::AppExt;

use crate::routes;

/// The name of the security scheme; operations that answer `invalid_token` require it.
pub(crate) const BEARER: &str = "bearer";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tenantry",
        description = "Sell to people and to organizations that sign in with Auth0.\n\nErrors are RFC 9457 problems; \
            branch on `code`. Every answer carries `x-request-id`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    modifiers(&Bearer),
)]
struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut OpenApi) {
        let scheme = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("An access token of the Auth0 API that this service is, obtained by a person's login."))
            .build();
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme(BEARER, SecurityScheme::Http(scheme));
    }
}

/// The document. Needs no configuration and no running server.
pub fn document() -> OpenApi {
    let app = App::new()
        .into_utoipa_app()
        .openapi(Base::openapi())
        .configure(routes::all);
    let (_, mut document) = app.split_for_parts();
    problems::describe(&mut document);
    document
}

/// The document as it is committed: indented, with a line end.
pub fn json() -> String {
    let mut text = document()
        .to_pretty_json()
        .expect("the document is plain data with string keys");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
