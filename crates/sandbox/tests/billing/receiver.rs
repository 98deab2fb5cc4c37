//! A merchant's webhook end point: records what it is sent, checks each signature, answers as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use aws_lc_rs::hmac;
use sandbox::WebhookTarget;
use serde_json::Value;

pub(crate) const SECRET: &str = "whsec_of_the_tests";

#[derive(Clone, Default)]
struct Inbox {
    received: Arc<Mutex<Vec<Value>>>,
    signatures: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

pub(crate) struct Receiver {
    inbox: Inbox,
    url: String,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let inbox = Inbox::default();
        let data = web::Data::new(inbox.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .default_service(web::to(receive))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let url = format!("http://{}/hooks", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { inbox, url }
    }

    pub(crate) fn target(&self) -> WebhookTarget {
        WebhookTarget {
            url: self.url.clone(),
            secret: SECRET.to_owned(),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The next deliveries are answered with these; later ones with 200.
    pub(crate) fn answer(&self, statuses: &[u16]) {
        self.inbox.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn received(&self) -> Vec<Value> {
        self.inbox.received.lock().unwrap().clone()
    }

    pub(crate) fn signatures(&self) -> Vec<String> {
        self.inbox.signatures.lock().unwrap().clone()
    }

    pub(crate) fn types(&self) -> Vec<String> {
        self.received()
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Polls until `count` deliveries have come, accepted or not.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.received().len() < count {
            assert!(Instant::now() < deadline, "only {:?} came", self.types());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.received()
    }
}

async fn receive(inbox: web::Data<Inbox>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let header = request
        .headers()
        .get("Stripe-Signature")
        .unwrap()
        .to_str()
        .unwrap();
    assert!(is_signed(header, &body), "{header}");
    inbox.signatures.lock().unwrap().push(header.to_owned());
    inbox
        .received
        .lock()
        .unwrap()
        .push(serde_json::from_slice(&body).unwrap());
    let status = inbox.answers.lock().unwrap().pop_front().unwrap_or(200);
    HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish()
}

fn is_signed(header: &str, body: &[u8]) -> bool {
    let (time, signatures) = header.strip_prefix("t=").unwrap().split_once(',').unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signed = [time.as_bytes(), b".", body].concat();
    signatures.split(',').any(|signature| {
        let hex = signature.strip_prefix("v1=").unwrap();
        let bytes: Vec<u8> = (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
            .collect();
        hmac::verify(&key, &signed, &bytes).is_ok()
    })
}
