//! Serves `console/`, one static page that logs in at the sandbox and calls the API as any other client would.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use actix_web::{HttpResponse, get, mime, web};
use serde::Serialize;

use crate::app::AppState;
use crate::problem::Problem;

/// The sandbox's single-page client.
const CLIENT_ID: &str = "tenantry-console";

const PAGE: &str = include_str!("../../../../console/index.html");
const STYLE: &str = include_str!("../../../../console/style.css");
const SCRIPTS: [(&str, &str); 5] = [
    ("app.js", include_str!("../../../../console/app.js")),
    (
        "organization.js",
        include_str!("../../../../console/organization.js"),
    ),
    ("page.js", include_str!("../../../../console/page.js")),
    ("session.js", include_str!("../../../../console/session.js")),
    ("team.js", include_str!("../../../../console/team.js")),
];

/// Not in the OpenAPI document: only a build with feature `dev` has them.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service((page, callback, style, settings, script));
}

#[get("/")]
async fn page(state: web::Data<AppState>) -> HttpResponse {
    page_for(&state)
}

/// Where a login comes back to; the page reads the query itself.
#[get("/callback")]
async fn callback(state: web::Data<AppState>) -> HttpResponse {
    page_for(&state)
}

fn page_for(state: &AppState) -> HttpResponse {
    // The page speaks to itself and to the issuer, to nobody else.
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        state.config.auth0.domain
    );
    HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header(ContentType::html())
        .body(PAGE)
}

#[get("/console/style.css")]
async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType(mime::TEXT_CSS_UTF_8))
        .body(STYLE)
}

#[get("/console/{file}")]
async fn script(file: web::Path<String>) -> Result<HttpResponse, Problem> {
    let wanted = SCRIPTS.iter().find(|(name, _)| *name == file.as_str());
    let (_, script) = wanted.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header(ContentType(mime::TEXT_JAVASCRIPT))
        .body(*script))
}

#[derive(Serialize)]
struct Settings<'a> {
    issuer: &'a str,
    audience: &'a str,
    client_id: &'static str,
}

#[get("/console/settings.json")]
async fn settings(state: web::Data<AppState>) -> HttpResponse {
    let auth0 = &state.config.auth0;
    HttpResponse::Ok().json(Settings {
        issuer: auth0.domain.as_str(),
        audience: &auth0.audience,
        client_id: CLIENT_ID,
    })
}
