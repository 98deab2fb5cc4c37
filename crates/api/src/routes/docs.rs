//! The OpenAPI document and a page to read it, which loads nothing from anywhere else.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, ContentEncoding, LOCATION};
use actix_web::{HttpResponse, get, web};
use utoipa_swagger_ui::Config;

use crate::openapi;
use crate::problem::Problem;

/// The page's own files and the document; Swagger UI sets styles from its script.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document and the page's configuration, made once for all workers.
pub(crate) struct Published {
    document: String,
    page: std::sync::Arc<Config<'static>>,
}

impl Published {
    pub(crate) fn new(document: &utoipa::openapi::OpenApi) -> Self {
        let document = document
            .to_json()
            .expect("the document is plain data with string keys");
        // The validator's badge would be loaded from elsewhere.
        let page = Config::from("/openapi.json")
            .validator_url("none")
            .try_it_out_enabled(true);
        Self {
            document,
            page: page.into(),
        }
    }
}

/// This document.
#[utoipa::path(tag = "service", responses((status = 200, body = serde_json::Value)))]
#[get("/openapi.json")]
pub(super) async fn show_document(published: web::Data<Published>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/json")
        .body(published.document.clone())
}

/// A page to read and try this document.
#[utoipa::path(tag = "service", responses((status = 308, description = "To `/docs/`")))]
#[get("/docs")]
pub(super) async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}

struct FileProblems;

impl utoipa::IntoResponses for FileProblems {
    fn responses()
    -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
        openapi::problems::responses_of(&[crate::problem::Code::NotFound])
    }
}

/// The page's files.
#[utoipa::path(
    tag = "service",
    params(("file" = String, Path, description = "Empty for the page itself")),
    responses((status = 200, description = "The file"), FileProblems),
)]
#[get("/docs/{file:[^/]*}")]
pub(super) async fn show_file(
    file: web::Path<String>,
    published: web::Data<Published>,
) -> Result<HttpResponse, Problem> {
    let served = utoipa_swagger_ui::serve(&file, published.page.clone());
    let Ok(Some(file)) = served else {
        return Err(Problem::not_found());
    };
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header((CONTENT_ENCODING, ContentEncoding::Gzip));
    }
    Ok(response
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .content_type(file.content_type)
        .body(file.bytes.into_owned()))
}
