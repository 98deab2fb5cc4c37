use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, HttpResponse, post, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::middleware::frame;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTeam {
    name: String,
    seats: Option<u32>,
    organization: Option<Organization>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Organization {
    name: domain::OrganizationName,
    plan: Plan,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Plan {
    Team,
    Enterprise,
}

#[post("/teams")]
async fn create(body: Body<NewTeam>) -> Result<HttpResponse, Problem> {
    let team = body.parse()?;
    let nested = team.organization.map(|o| {
        (
            o.name.to_string(),
            matches!(o.plan, Plan::Team | Plan::Enterprise),
        )
    });
    Ok(HttpResponse::Ok().json(json!([team.name, team.seats, nested])))
}

async fn send(request: TestRequest) -> (u16, Value) {
    let app = init_service(App::new().service(create).wrap(from_fn(frame))).await;
    let response = call_service(&app, request.to_request()).await;
    (response.status().as_u16(), read_body_json(response).await)
}

fn request(content_type: &str, body: impl Into<web::Bytes>) -> TestRequest {
    TestRequest::post()
        .uri("/teams")
        .insert_header((CONTENT_TYPE, content_type))
        .set_payload(body)
}

async fn post(body: impl Into<web::Bytes>) -> (u16, Value) {
    send(request("application/json", body)).await
}

#[actix_web::test]
async fn a_good_body_is_parsed() {
    let body = r#"{"name":"Acme","seats":3,"organization":{"name":"acme","plan":"team"}}"#;
    for content_type in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        assert_eq!(
            send(request(content_type, body)).await.0,
            200,
            "{content_type}"
        );
    }
}

#[actix_web::test]
async fn the_field_that_is_wrong_is_named() {
    let table = [
        (r#"{"name":"a","org_id":"x"}"#, "org_id", "unknown_field"),
        (r#"{"seats":1}"#, "name", "required"),
        (r#"{"name":7}"#, "name", "wrong_type"),
        (r#"{"name":"a","seats":-1}"#, "seats", "invalid"),
        (r#"{"name":"a","seats":"3"}"#, "seats", "wrong_type"),
        (r#"{"name":"a","seats":1e3}"#, "seats", "wrong_type"),
        (
            r#"{"name":"a","organization":{"name":"acme","plan":"team","role":1}}"#,
            "organization.role",
            "unknown_field",
        ),
        (
            r#"{"name":"a","organization":{"plan":"team"}}"#,
            "organization.name",
            "required",
        ),
        (
            r#"{"name":"a","organization":{"name":"-","plan":"team"}}"#,
            "organization.name",
            "invalid",
        ),
        (
            r#"{"name":"a","organization":{"name":"acme","plan":"gold"}}"#,
            "organization.plan",
            "unknown_value",
        ),
        ("[]", "", "wrong_type"),
        (r#"{"name":"a\u0000"}"#, "", "nul_character"),
    ];
    for (body, field, code) in table {
        let (status, problem) = post(body).await;
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("invalid_request")),
            "{body}"
        );
        let error = &problem["errors"][0];
        assert_eq!(
            (&error["field"], &error["code"]),
            (&json!(field), &json!(code)),
            "{body}: {problem}"
        );
    }
}

/// Options that were encoded twice, for instance, have their secrets in the place of an object.
#[actix_web::test]
async fn what_was_sent_is_not_repeated() {
    for body in [
        r#"{"name":"a","organization":"{\"client_secret\":\"CANARY, expected 1\"}"}"#,
        r#"{"name":"a","organization":{"name":"acme","plan":"CANARY`, expected "}}"#,
        r#"{"name":["CANARY"]}"#,
        r#"{"name":"a","seats":"CANARY"}"#,
    ] {
        let (status, problem) = post(body).await;
        assert_eq!(status, 422, "{problem}");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with("Expected "), "{detail}");
        assert!(!problem.to_string().contains("CANARY"), "{problem}");
    }
}

#[actix_web::test]
async fn malformed_json_is_told_apart() {
    let deep = "[".repeat(100_000);
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"{\"name\":\"a\"}{}",
        b"{\"name\":\"a\",\"name\":\"b\"}",
        b"{\"name\":\"\xff\"}",
        b"{\"name\":\"a\",\"seats\":1e9999}",
        b"\xef\xbb\xbf{\"name\":\"a\"}",
        deep.as_bytes(),
    ];
    for body in bodies {
        let (status, problem) = post(body.to_vec()).await;
        assert_eq!((status, &problem["code"]), (400, &json!("malformed_json")));
    }
}

#[actix_web::test]
async fn anything_but_plain_json_is_refused_unread() {
    for content_type in [
        "text/plain",
        "",
        "application/json-patch+json",
        "application/json; charset=latin1",
        "multipart/form-data",
    ] {
        let (status, problem) = send(request(content_type, "{}")).await;
        assert_eq!(
            (status, &problem["code"]),
            (415, &json!("unsupported_media_type")),
            "{content_type}"
        );
    }
    assert_eq!(
        send(TestRequest::post().uri("/teams").set_payload("{}"))
            .await
            .0,
        415
    );
    let compressed = request("application/json", "{}").insert_header((CONTENT_ENCODING, "gzip"));
    assert_eq!(send(compressed).await.0, 415);
    let twice = request("application/json", "{}").append_header((CONTENT_TYPE, "text/plain"));
    assert_eq!(send(twice).await.0, 415);
}

#[actix_web::test]
async fn a_large_body_is_refused_announced_or_not() {
    let text = |length: usize| format!("{}{{\"name\":\"a\"}}", " ".repeat(length - 12));
    assert_eq!(post(text(MAX_BODY)).await.0, 200);
    assert_eq!(
        post(text(MAX_BODY + 1)).await.1["code"],
        "payload_too_large"
    );
    let announced = request("application/json", "{}").insert_header((CONTENT_LENGTH, "104857600"));
    assert_eq!(send(announced).await.0, 413);
}

#[actix_web::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let never = futures::stream::pending::<Result<Bytes, actix_web::error::PayloadError>>();
    tokio::time::pause();
    let problem = read_limited(Payload::Stream {
        payload: never.boxed_local(),
    })
    .await
    .unwrap_err();
    assert_eq!(problem.code(), Code::RequestTimeout);
}

#[test]
fn an_id_in_the_path_is_decoded_once_and_an_impossible_one_is_missing() {
    let parse = |raw: &str| {
        let request = TestRequest::default()
            .param("org_id", "org")
            .param("user_id", raw.to_owned())
            .to_http_request();
        let id = PathId::<domain::UserId>::from_request(&request, &mut Payload::None)
            .into_inner()
            .unwrap();
        id.parse()
            .map(|id| id.to_string())
            .map_err(|problem| problem.code())
    };
    assert_eq!(parse("auth0%7Cabc"), Ok("auth0|abc".into()));
    assert_eq!(parse("samlp|a%2Fb%2Bc"), Ok("samlp|a/b+c".into()));
    assert_eq!(parse("auth0%257Cabc"), Err(Code::NotFound));
    for raw in ["nobody", "auth0|", "auth0|%00", "%ff|a", ""] {
        assert_eq!(parse(raw), Err(Code::NotFound), "{raw}");
    }
}

#[actix_web::test]
async fn an_array_is_no_object_however_well_it_fits() {
    for organization in [json!([]), json!(["acme", "team"])] {
        let body = json!({ "name": "a", "organization": organization }).to_string();
        let (status, problem) = post(body).await;
        let error = &problem["errors"][0];
        assert_eq!((status, &error["field"]), (422, &json!("organization")));
        assert_eq!(error["code"], "wrong_type");
    }
}
