use actix_web::App;
use actix_web::http::header::ALLOW;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use utoipa_actix_web::AppExt;

use super::*;
use crate::{middleware, openapi, routes};

/// Status and `Allow` of a call to the real routes; none that needs the state is reached.
async fn call(method: &str, path: &str) -> (u16, Option<String>) {
    let document = openapi::document();
    let app = App::new()
        .into_utoipa_app()
        .configure(routes::all)
        .into_app()
        .app_data(web::Data::new(Paths::of(&document)))
        .default_service(web::to(answer))
        .wrap(from_fn(middleware::frame));
    let request = TestRequest::with_uri(path)
        .method(method.parse().unwrap())
        .to_request();
    let response = call_service(&init_service(app).await, request).await;
    let allow = response
        .headers()
        .get(ALLOW)
        .map(|allow| allow.to_str().unwrap().to_owned());
    (response.status().as_u16(), allow)
}

#[actix_web::test]
async fn an_unknown_path_is_missing() {
    for path in [
        "/",
        "/v1",
        "/v1/plans/",
        "/v1//plans",
        "/V1/plans",
        "/v1/nothing",
        "/orgs//login",
        "/.env",
        "/docs/../v1",
    ] {
        assert_eq!(call("GET", path).await, (404, None), "{path}");
    }
}

#[actix_web::test]
async fn a_method_that_a_path_has_not_is_told_which_it_has() {
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND",
    ] {
        assert_eq!(
            call(method, "/v1/plans").await,
            (405, Some("GET".into())),
            "{method}"
        );
        assert_eq!(
            call(method, "/orgs/acme/login").await,
            (405, Some("GET".into())),
            "{method}"
        );
    }
}

#[actix_web::test]
async fn no_operation_has_an_undocumented_method() {
    let document = openapi::document();
    for (path, item) in &document.paths.paths {
        let allowed = methods(item)
            .iter()
            .map(Method::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        let path = path.replace(['{', '}'], "");
        assert_eq!(call("TRACE", &path).await, (405, Some(allowed)), "{path}");
    }
}
