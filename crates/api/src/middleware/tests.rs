use actix_web::http::header::{ALLOW, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, web};
use serde_json::Value;

use super::*;

async fn refuse() -> Result<&'static str, Problem> {
    Err(Problem::invalid_field(
        "seats",
        "too_few_seats",
        "At least one.",
    ))
}

async fn never() -> &'static str {
    std::future::pending().await
}

async fn call(request: TestRequest) -> ServiceResponse<BoxBody> {
    let app = App::new()
        .app_data(Encrypted(true))
        .route("/fine", web::get().to(|| async { "fine" }))
        .route("/refuse", web::get().to(refuse))
        .route(
            "/anonymous",
            web::get().to(|| async { Err::<&str, _>(Problem::no_credentials()) }),
        )
        .route(
            "/framework",
            web::get().to(|_: web::Path<u8>| async { "never" }),
        )
        .wrap(cors(&["https://app.example.com".into()]))
        .wrap(from_fn(frame));
    call_service(&init_service(app).await, request.to_request()).await
}

async fn body(response: ServiceResponse<BoxBody>) -> Value {
    assert_eq!(
        response.headers().get(CONTENT_TYPE).unwrap(),
        "application/problem+json"
    );
    read_body_json(response).await
}

#[actix_web::test]
async fn a_problem_carries_the_id_of_its_request() {
    let response =
        call(TestRequest::with_uri("/refuse").insert_header((REQUEST_ID, "the caller's own")))
            .await;
    let id = response
        .headers()
        .get(REQUEST_ID)
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(id.parse::<Uuid>().unwrap().get_version_num(), 7);
    let body = body(response).await;
    assert_eq!(body["request_id"], id.as_str());
    assert_eq!(
        (&body["code"], &body["status"]),
        (&"invalid_request".into(), &422.into())
    );
    assert_eq!(body["errors"][0]["field"], "seats");
    assert_eq!(
        body["type"],
        "https://tenantry.dev/problems/invalid_request"
    );
}

#[actix_web::test]
async fn every_answer_has_the_security_headers() {
    for path in ["/fine", "/refuse", "/nowhere"] {
        let response = call(TestRequest::with_uri(path)).await;
        let header = |name: HeaderName| {
            response
                .headers()
                .get(name)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(header(X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(header(CACHE_CONTROL), "private, no-store");
        assert_eq!(header(CONTENT_SECURITY_POLICY), NO_CONTENT_POLICY);
        assert_eq!(header(REFERRER_POLICY), "no-referrer");
        assert_eq!(header(STRICT_TRANSPORT_SECURITY), "max-age=31536000");
        assert!(
            response
                .headers()
                .get_all(VARY)
                .any(|value| value == "Authorization")
        );
        assert!(response.headers().contains_key(REQUEST_ID));
    }
}

#[actix_web::test]
async fn what_the_framework_refuses_is_a_problem_too() {
    assert_eq!(
        body(call(TestRequest::with_uri("/framework")).await).await["code"],
        "not_found"
    );
    assert_eq!(
        body(call(TestRequest::with_uri("/nowhere")).await).await["code"],
        "not_found"
    );
    let response = call(TestRequest::post().uri("/fine")).await;
    assert!(!response.headers().contains_key(ALLOW));
}

#[actix_web::test]
async fn only_the_challenge_tells_missing_from_bad_credentials() {
    let response = call(TestRequest::with_uri("/anonymous")).await;
    assert_eq!(response.headers().get(WWW_AUTHENTICATE).unwrap(), "Bearer");
    assert_eq!(body(response).await["code"], "invalid_token");
    let bad = Problem::new(Code::InvalidToken).error_response();
    assert_eq!(
        bad.headers().get(WWW_AUTHENTICATE).unwrap(),
        "Bearer error=\"invalid_token\""
    );
}

#[actix_web::test]
async fn only_listed_origins_are_allowed_and_none_with_credentials() {
    let allowed = |origin: &'static str| async move {
        let response = call(TestRequest::with_uri("/fine").insert_header((ORIGIN, origin))).await;
        assert!(
            !response
                .headers()
                .contains_key("access-control-allow-credentials")
        );
        response
            .headers()
            .contains_key("access-control-allow-origin")
    };
    assert!(allowed("https://app.example.com").await);
    let listed =
        call(TestRequest::with_uri("/fine").insert_header((ORIGIN, "https://app.example.com")))
            .await;
    assert_eq!(
        listed
            .headers()
            .get("access-control-expose-headers")
            .unwrap(),
        EXPOSED
    );
    for origin in [
        "null",
        "https://app.example.com.evil.test",
        "https://evil.app.example.com",
        "http://app.example.com",
    ] {
        assert!(!allowed(origin).await, "{origin}");
    }
}

/// What is answered when no layer below makes a response.
async fn unanswered(path: &str) -> HttpResponse {
    let app = App::new()
        .route("/never", web::get().to(never))
        .route(
            "/panic",
            web::get().to(|| async { panic!("a bug") as &str }),
        )
        .wrap(from_fn(frame));
    let app = init_service(app).await;
    tokio::time::pause();
    let request = TestRequest::with_uri(path).to_request();
    let response = actix_web::dev::Service::call(&app, request)
        .await
        .unwrap_err()
        .error_response();
    assert!(response.headers().contains_key(REQUEST_ID));
    assert_eq!(
        response.headers().get(CONTENT_TYPE).unwrap(),
        problem::CONTENT_TYPE
    );
    response
}

#[actix_web::test]
async fn an_answer_that_takes_too_long_is_a_503() {
    let response = unanswered("/never").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(RETRY_AFTER));
}

#[actix_web::test]
async fn a_panic_is_a_500() {
    assert_eq!(
        unanswered("/panic").await.status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
}
