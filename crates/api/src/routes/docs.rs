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
#[utoipa::path(
    operation_id = "show_openapi_document",
    tag = "service",
    responses((status = 200, body = serde_json::Value)),
)]
#[get("/openapi.json")]
pub(super) async fn show_document(published: web::Data<Published>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/json")
        .body(published.document.clone())
}

/// A page to read and try this document.
#[utoipa::path(
    operation_id = "open_docs",
    tag = "service",
    responses((status = 308, description = "To `/docs/`")),
)]
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
    operation_id = "show_docs_file",
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

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_SECURITY_POLICY as POLICY, CONTENT_TYPE};
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, dev::ServiceResponse};

    use super::*;
    use crate::middleware::frame;

    async fn get(path: &str) -> ServiceResponse {
        let published = web::Data::new(Published::new(&openapi::document()));
        let app = App::new()
            .app_data(published)
            .service(show_document)
            .service(to_page)
            .service(show_file);
        let app = init_service(app.wrap(from_fn(frame))).await;
        call_service(&app, TestRequest::with_uri(path).to_request()).await
    }

    async fn text(path: &str) -> String {
        let response = get(path).await;
        assert!(response.status().is_success(), "{path}");
        let body = actix_web::body::to_bytes(response.into_body())
            .await
            .unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[actix_web::test]
    async fn the_page_loads_nothing_from_elsewhere() {
        let page = text("/docs/").await;
        for attribute in ["src=\"", "href=\""] {
            for address in page
                .split(attribute)
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap())
            {
                let file = address.trim_start_matches("./");
                assert_eq!(
                    get(&format!("/docs/{file}")).await.status(),
                    200,
                    "{address}"
                );
            }
        }
        let initializer = text("/docs/swagger-initializer.js").await;
        assert!(
            initializer.contains("\"url\": \"/openapi.json\"")
                && initializer.contains("\"validatorUrl\": \"none\"")
        );
        assert!(!initializer.contains("://"), "{initializer}");
    }

    #[actix_web::test]
    async fn only_the_page_may_run_its_own_scripts() {
        for path in ["/docs", "/docs/", "/docs/swagger-ui.css", "/docs/nothing"] {
            assert_eq!(
                get(path).await.headers().get(POLICY).unwrap(),
                CONTENT_SECURITY_POLICY,
                "{path}"
            );
        }
        assert_eq!(
            get("/docs").await.headers().get(LOCATION).unwrap(),
            "/docs/"
        );
        assert_eq!(
            get("/openapi.json").await.headers().get(POLICY).unwrap(),
            "default-src 'none'; frame-ancestors 'none'"
        );
    }

    #[actix_web::test]
    async fn the_document_is_served_as_json() {
        assert_eq!(
            get("/openapi.json")
                .await
                .headers()
                .get(CONTENT_TYPE)
                .unwrap(),
            "application/json"
        );
        assert!(
            text("/openapi.json")
                .await
                .starts_with("{\"openapi\":\"3.1.0\"")
        );
    }
}
