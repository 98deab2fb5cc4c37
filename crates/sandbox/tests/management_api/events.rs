//! `GET /events`: what an open connection says, where it goes on, and who is turned away.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Response;
use sandbox::{Limits, SandboxConfig};
use serde_json::{Value, json};

use crate::api::Api;

/// An open connection, and what it has said so far.
struct Feed {
    response: Response,
    said: String,
}

impl Feed {
    async fn open(api: &Api, query: &str) -> Self {
        let response = ask(api, query, None).await;
        assert_eq!(response.status(), 200, "{query}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            said: String::new(),
        }
    }

    /// Reads until it has said this.
    async fn until(&mut self, text: &str) -> &str {
        let reading = async {
            while !self.said.contains(text) {
                let chunk = self.response.chunk().await.unwrap();
                let chunk = chunk.unwrap_or_else(|| panic!("it ended: {}", self.said));
                self.said.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reading)
            .await
            .unwrap_or_else(|_| panic!("not {text} but {}", self.said));
        &self.said
    }

    /// The data of its messages of this kind.
    fn data(&self, kind: &str) -> Vec<Value> {
        let messages = self.said.split("\n\n");
        let data = messages.filter_map(|message| {
            let of_kind = message.contains(&format!("event: {kind}\n"));
            let (_, data) = message.split_once("data: ").filter(|_| of_kind)?;
            Some(serde_json::from_str(data).unwrap())
        });
        data.collect()
    }

    async fn ends(mut self) -> String {
        while let Some(chunk) = self.response.chunk().await.unwrap() {
            self.said.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        self.said
    }
}

async fn ask(api: &Api, query: &str, last_event_id: Option<&str>) -> Response {
    let url = format!("{}api/v2/events{query}", api.running.base_url());
    let mut request = api.client().get(url).bearer_auth(api.token());
    if let Some(id) = last_event_id {
        request = request.header("last-event-id", id);
    }
    request.send().await.unwrap()
}

async fn control(api: &Api, body: Value) {
    let url = format!("{}sandbox/event-stream", api.running.base_url());
    let answer = api.client().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[actix_web::test]
async fn a_connection_greets_and_tells_what_happens_from_then_on() {
    let api = Api::start().await;
    api.organization("before").await;
    let mut feed = Feed::open(&api, "").await;
    let said = feed.until("retry: 2000\n\n").await;
    assert_eq!(said, ":connected\n\nretry: 2000\n\n");
    let id = api.organization("acme").await;
    feed.until("\n\nevent: organization.created\n").await;
    feed.until("acme").await;
    feed.until("}\n\n").await;
    let told = feed.data("organization.created");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["event"]["data"]["object"]["id"], id.as_str());
    assert_eq!(told[0]["event"]["type"], "organization.created");
    let offset = told[0]["offset"].as_str().unwrap();
    assert!(feed.said.contains(&format!("\nid: {offset}\n")));
}

#[actix_web::test]
async fn a_connection_goes_on_after_an_offset_or_from_a_time() {
    let api = Api::start().await;
    let begun = api.running.clock().now().format("%Y-%m-%dT%H:%M:%SZ");
    for name in ["one", "two", "three"] {
        api.organization(name).await;
    }
    let mut all = Feed::open(&api, &format!("?from_timestamp={begun}")).await;
    all.until("three").await;
    all.until("}\n\n").await;
    let told = all.data("organization.created");
    assert_eq!(told.len(), 3);
    let first = told[0]["offset"].as_str().unwrap();
    let mut rest = Feed::open(&api, &format!("?from={first}")).await;
    rest.until("three").await;
    assert!(!rest.said.contains("\"one\"") && rest.said.contains("\"two\""));
    let second = told[1]["offset"].as_str().unwrap();
    let response = ask(&api, &format!("?from={first}"), Some(second)).await;
    let mut last = Feed {
        response,
        said: String::new(),
    };
    last.until("three").await;
    assert!(!last.said.contains("\"two\""), "the header wins");
}

#[actix_web::test]
async fn only_the_types_asked_for_are_told_and_the_offset_moves_on_all_the_same() {
    let api = Api::start().await;
    let mut feed = Feed::open(&api, "?event_type=user.created&event_type=user.deleted").await;
    feed.until("retry").await;
    api.organization("acme").await;
    feed.until("event: offset-only\n").await;
    api.user("dora@example.com").await;
    feed.until("event: user.created\n").await;
    assert!(!feed.said.contains("organization.created"));
    feed.until("dora@example.com").await;
}

#[actix_web::test]
async fn silence_is_broken_by_heartbeats() {
    let api = Api::with(SandboxConfig {
        limits: Limits::Off,
        event_heartbeat: Duration::from_millis(20),
        ..SandboxConfig::default()
    })
    .await;
    let mut feed = Feed::open(&api, "").await;
    feed.until(": heartbeat\n\nevent: offset-only\nid: ").await;
}

#[actix_web::test]
async fn connections_are_ended_and_may_end_in_an_error() {
    let api = Api::start().await;
    let mut feed = Feed::open(&api, "").await;
    feed.until("retry").await;
    control(&api, json!({ "end_feeds": true })).await;
    assert!(!feed.ends().await.contains("event: error"));
    let mut feed = Feed::open(&api, "").await;
    feed.until("retry").await;
    control(&api, json!({ "end_feeds_with": "cursor_expired" })).await;
    let said = feed.ends().await;
    assert!(said.contains("event: error\ndata: "), "{said}");
    assert!(said.contains(r#""code":"cursor_expired""#), "{said}");
}

#[actix_web::test]
async fn bad_places_and_unknown_types_are_refused_and_old_ones_are_gone() {
    let api = Api::start().await;
    let begun = api.running.clock().now().format("%Y-%m-%dT%H:%M:%SZ");
    api.organization("acme").await;
    let mut feed = Feed::open(&api, &format!("?from_timestamp={begun}")).await;
    api.organization("other").await;
    feed.until("other").await;
    feed.until("}\n\n").await;
    let told = feed.data("organization.created");
    let first = told[0]["offset"].as_str().unwrap().to_owned();
    let resumed = format!("?from={first}");
    for (query, status) in [
        ("?from=nonsense", 400),
        ("?event_type=organization.renamed", 400),
        ("?from_timestamp=yesterday", 400),
        ("?unknown=1", 400),
        (&format!("{resumed}&from_timestamp={begun}"), 400),
        (&resumed, 200),
    ] {
        assert_eq!(ask(&api, query, None).await.status(), status, "{query}");
    }
    api.running.clock().advance(TimeDelta::hours(25));
    let api = api.again().await;
    let gone = ask(&api, &resumed, None).await;
    assert_eq!(gone.status(), 410);
}

#[actix_web::test]
async fn a_plan_allows_so_many_connections_and_closing_one_makes_room() {
    for (limits, most) in [
        (Limits::Free, 1),
        (Limits::SelfService, 4),
        (Limits::Enterprise, 8),
    ] {
        let api = Api::with(SandboxConfig {
            limits,
            event_heartbeat: Duration::from_millis(20),
            ..SandboxConfig::default()
        })
        .await;
        let mut open = Vec::new();
        while open.len() < most {
            open.push(admitted(&api).await);
        }
        // The rate limit refuses with the same status; it lets one through within a second.
        for _ in 0..20 {
            assert_eq!(ask(&api, "", None).await.status(), 429, "{limits:?}");
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        open.pop();
        admitted(&api).await;
    }
}

async fn admitted(api: &Api) -> Response {
    for _ in 0..200 {
        let response = ask(api, "", None).await;
        if response.status() == 200 {
            return response;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there never was room");
}
