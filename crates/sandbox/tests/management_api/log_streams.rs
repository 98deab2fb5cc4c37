//! `/log-streams`, and what is delivered of the log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::api::Api;

/// What came, and what is answered.
type Taken = Arc<Mutex<(Vec<String>, u16)>>;

#[derive(Clone)]
struct Receiver {
    url: String,
    state: Taken,
}

impl Receiver {
    fn start() -> Self {
        let state = Arc::new(Mutex::new((Vec::new(), 204)));
        let data = web::Data::new(Arc::clone(&state));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .default_service(web::to(receive))
        });
        let server = server
            .workers(1)
            .disable_signals()
            .bind(("127.0.0.1", 0))
            .unwrap();
        let url = format!("http://{}/logs", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        Self { url, state }
    }

    fn answer(&self, status: u16) {
        self.state.lock().unwrap().1 = status;
    }

    fn bodies(&self) -> Vec<String> {
        self.state.lock().unwrap().0.clone()
    }

    async fn wait_for(&self, count: usize) -> Vec<String> {
        for _ in 0..400 {
            if self.bodies().len() >= count {
                return self.bodies();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("only {:?}", self.bodies());
    }
}

async fn receive(state: web::Data<Taken>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        (header("authorization"), header("x-tenant")),
        ("Secret".into(), "acme".into())
    );
    let mut state = state.lock().unwrap();
    state.0.push(String::from_utf8(body.to_vec()).unwrap());
    HttpResponse::build(StatusCode::from_u16(state.1).unwrap()).finish()
}

fn stream(receiver: &Receiver, more: &Value) -> Value {
    let mut body = json!({
        "name": "audit", "type": "http",
        "sink": {
            "httpEndpoint": receiver.url, "httpAuthorization": "Secret",
            "httpCustomHeaders": [{ "header": "x-tenant", "value": "acme" }],
        },
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn create(api: &Api, body: Value) -> String {
    let made = api.post("log-streams", body).await.assert_status(200);
    made["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_stream_is_made_read_changed_and_deleted_once() {
    let api = Api::start().await;
    let receiver = Receiver::start();
    let id = create(&api, stream(&receiver, &json!({}))).await;
    let digits = id.strip_prefix("lst_").unwrap();
    assert!(
        digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_digit()),
        "{id}"
    );
    let path = format!("log-streams/{id}");
    let shown = api.get(&path).await.assert_status(200);
    assert_eq!(
        (&shown["status"], &shown["type"]),
        (&json!("active"), &json!("http"))
    );
    assert_eq!(
        shown["sink"]["httpAuthorization"], "Secret",
        "Auth0 answers it as it is"
    );
    assert_eq!(
        api.get("log-streams").await.assert_status(200),
        json!([shown])
    );
    let changed = api
        .patch(&path, json!({ "status": "paused" }))
        .await
        .assert_status(200);
    assert_eq!(
        (&changed["status"], &changed["name"]),
        (&json!("paused"), &json!("audit"))
    );
    api.delete(&path).await.assert_status(204);
    api.delete(&path).await.assert_status(404);
    for body in [
        json!({}),
        json!({ "type": "http", "sink": {} }),
        stream(&receiver, &json!({ "type": "carrier-pigeon" })),
        stream(
            &receiver,
            &json!({ "filters": [{ "type": "category", "name": "gossip" }] }),
        ),
        stream(&receiver, &json!({ "startFrom": "yesterday" })),
    ] {
        let answer = api.post("log-streams", body).await;
        assert_eq!(
            (answer.status, &answer.body["errorCode"]),
            (400, &json!("invalid_body"))
        );
    }
}

#[actix_web::test]
async fn entries_come_as_lines_arrays_or_single_objects() {
    let api = Api::start().await;
    for format in ["JSONLINES", "JSONARRAY", "JSONOBJECT"] {
        let receiver = Receiver::start();
        let mut body = stream(&receiver, &of_category("management.success"));
        body["sink"]["httpContentFormat"] = json!(format);
        let id = create(&api, body).await;
        api.user(&format!("u{:x}@example.com", rand::random::<u64>()))
            .await;
        let first = receiver.wait_for(1).await.remove(0);
        let entries: Vec<Value> = match format {
            "JSONARRAY" => serde_json::from_str(&first).unwrap(),
            _ => first
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
        };
        assert!(
            entries.iter().all(|entry| entry["data"]["type"] == "sapi"),
            "{first}"
        );
        assert_eq!(entries[0]["log_id"], entries[0]["data"]["log_id"]);
        api.delete(&format!("log-streams/{id}"))
            .await
            .assert_status(204);
    }
}

fn of_category(name: &str) -> Value {
    json!({ "filters": [{ "type": "category", "name": name }] })
}

#[actix_web::test]
async fn only_the_categories_asked_for_are_sent() {
    let api = Api::start().await;
    let (asked, other) = (Receiver::start(), Receiver::start());
    create(&api, stream(&asked, &of_category("management.success"))).await;
    create(&api, stream(&other, &of_category("auth.login.fail"))).await;
    // One task delivers for all streams: between two batches of one it has looked at the other.
    for batches in 1..=2 {
        api.user(&format!("u{batches}@example.com")).await;
        asked.wait_for(batches).await;
    }
    assert_eq!(other.bodies(), Vec::<String>::new());
}

#[actix_web::test]
async fn what_is_not_taken_is_sent_again_until_a_week_has_passed() {
    let api = Api::start().await;
    let receiver = Receiver::start();
    receiver.answer(500);
    let id = create(&api, stream(&receiver, &json!({}))).await;
    api.user("dora@example.com").await;
    for tries in 1..4 {
        receiver.wait_for(tries).await;
        api.running.clock().advance(TimeDelta::hours(1));
    }
    let tries = receiver.wait_for(4).await;
    assert!(tries[3].starts_with(&tries[0]), "nothing is left out");
    receiver.answer(204);
    api.running.clock().advance(TimeDelta::hours(1));
    receiver.wait_for(5).await;
    receiver.answer(503);
    let api = api.again().await;
    api.user("emil@example.com").await;
    let before = receiver.bodies().len();
    receiver.wait_for(before + 1).await;
    api.running.clock().advance(TimeDelta::days(8));
    let api = api.again().await;
    let path = format!("log-streams/{id}");
    for _ in 0..400 {
        let shown = api.get(&path).await.assert_status(200);
        if shown["status"] == "paused" {
            receiver.answer(204);
            let count = receiver.bodies().len();
            api.patch(&path, json!({ "status": "active" }))
                .await
                .assert_status(200);
            receiver.wait_for(count + 1).await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never paused");
}

#[actix_web::test]
async fn personal_data_are_masked_on_demand_and_old_entries_sent_on_demand() {
    let api = Api::start().await;
    let begun = api.running.clock().now() - TimeDelta::hours(1);
    api.user("dora@example.com").await;
    let receiver = Receiver::start();
    let more = json!({
        "startFrom": begun.to_rfc3339(), "pii_config": { "log_fields": ["email"], "method": "mask" },
    });
    create(&api, stream(&receiver, &more)).await;
    let first = receiver.wait_for(1).await.remove(0);
    assert!(first.contains("/api/v2/users"), "{first}");
    assert!(!first.contains("dora@example.com"), "{first}");
}
