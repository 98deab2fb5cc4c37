//! A tenant whose events go to an end point that answers as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use reqwest::{Client, Method};
use sandbox::{EventStreamTarget, Limits, Running, Sandbox, SandboxConfig};
use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "token-of-the-event-stream";

#[derive(Clone, Default)]
struct Inbox {
    received: Arc<Mutex<Vec<Value>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

pub(crate) struct Listener {
    pub(crate) sandbox: Running,
    inbox: Inbox,
    http: Client,
    token: String,
}

impl Listener {
    pub(crate) async fn start() -> Self {
        Self::with(SandboxConfig::default()).await
    }

    pub(crate) async fn with(config: SandboxConfig) -> Self {
        let inbox = Inbox::default();
        let url = serve(inbox.clone());
        let sandbox = Sandbox::start(SandboxConfig {
            limits: Limits::Off,
            event_stream: Some(EventStreamTarget {
                url,
                token: TOKEN.to_owned(),
            }),
            ..config
        })
        .await
        .unwrap();
        let http = Client::builder().no_proxy().build().unwrap();
        let base = sandbox.base_url();
        let asked = json!({
            "grant_type": "client_credentials", "audience": format!("{base}api/v2/"),
            "client_id": "tenantry-management", "client_secret": "tenantry-management-secret",
        });
        let url = format!("{base}oauth/token");
        let answer = http.post(url).json(&asked).send().await.unwrap();
        let token = answer.json::<Value>().await.unwrap();
        Self {
            token: token["access_token"].as_str().unwrap().to_owned(),
            sandbox,
            inbox,
            http,
        }
    }

    /// A call of the Management API that succeeds.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}api/v2/{path}", self.sandbox.base_url());
        let request = self.http.request(method, url).bearer_auth(&self.token);
        let answer = request.json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    pub(crate) async fn organization(&self) -> String {
        let name = format!("o{:x}", rand::random::<u64>());
        let body = json!({ "name": name, "display_name": "An organization" });
        let made = self.call(Method::POST, "organizations", body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn user(&self) -> String {
        let email = format!("u{:x}@example.com", rand::random::<u64>());
        let body = json!({
            "connection": "Username-Password-Authentication", "email": email, "password": "Tenantry-demo-1",
        });
        let made = self.call(Method::POST, "users", body).await;
        made["user_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn stream(&self) -> Value {
        let url = format!("{}sandbox/event-stream", self.sandbox.base_url());
        let answer = self.http.get(url).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// A call of the sandbox's controls.
    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("{}sandbox/{path}", self.sandbox.base_url());
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    /// The next deliveries are answered with these; later ones with 204.
    pub(crate) fn answer(&self, statuses: &[u16]) {
        self.inbox.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn received(&self) -> Vec<Value> {
        self.inbox.received.lock().unwrap().clone()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        let received = self.received();
        let kinds = received
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned());
        kinds.collect()
    }

    /// Polls until `count` deliveries have come, accepted or not.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.received().len() < count {
            assert!(Instant::now() < deadline, "only {:?} came", self.kinds());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.received()
    }

    pub(crate) async fn wait_until(&self, fits: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let stream = self.stream().await;
            if fits(&stream) {
                return stream;
            }
            assert!(Instant::now() < deadline, "{stream}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn serve(inbox: Inbox) -> String {
    let data = web::Data::new(inbox);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .default_service(web::to(receive))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let url = format!("http://{}/events", server.addrs()[0]);
    tokio::spawn(server.run());
    url
}

async fn receive(inbox: web::Data<Inbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let proof = request.headers().get("authorization").unwrap();
    assert_eq!(proof.to_str().unwrap(), format!("Bearer {TOKEN}"));
    let event = serde_json::from_slice(&body).unwrap();
    inbox.received.lock().unwrap().push(event);
    let status = inbox.answers.lock().unwrap().pop_front().unwrap_or(204);
    HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish()
}
