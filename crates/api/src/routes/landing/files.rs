//! The page's script and style.

use std::collections::BTreeMap;

use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::{HttpResponse, get, mime, web};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};

struct FileProblems;

impl IntoResponses for FileProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::NotFound])
    }
}

/// The page's files.
#[utoipa::path(
    operation_id = "show_landing_file",
    tag = "login",
    params(("file" = String, Path, description = "`landing.js` or `landing.css`")),
    responses((status = 200, description = "The file"), FileProblems),
)]
#[get("/invitation/{file}")]
pub(super) async fn show(file: web::Path<String>) -> Result<HttpResponse, Problem> {
    let (media_type, text) = match file.as_str() {
        "landing.js" => (mime::TEXT_JAVASCRIPT, include_str!("landing.js")),
        "landing.css" => (mime::TEXT_CSS_UTF_8, include_str!("landing.css")),
        _ => return Err(Problem::not_found()),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header(ContentType(media_type))
        .body(text))
}
