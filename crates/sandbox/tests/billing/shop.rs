//! A shop that sells through the stand-in: its API calls, its buyers, and its webhook end point.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use sandbox::{Running, Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::receiver::Receiver;

pub(crate) const GOOD_CARD: &str = "4242 4242 4242 4242";
pub(crate) const DECLINED_CARD: &str = "4000 0000 0000 0002";

pub(crate) struct Shop {
    pub(crate) sandbox: Running,
    pub(crate) receiver: Receiver,
    http: Client,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_with(Receiver::start(), SandboxConfig::default()).await
    }

    pub(crate) async fn open_with(receiver: Receiver, config: SandboxConfig) -> Self {
        let config = SandboxConfig {
            stripe_webhook: Some(receiver.target()),
            ..config
        };
        let sandbox = Sandbox::start(config).await.unwrap();
        let http = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .build()
            .unwrap();
        Self {
            sandbox,
            receiver,
            http,
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}stripe{path}", self.sandbox.base_url()))
    }

    pub(crate) fn api(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth("sk_test_tenantry")
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.api(Method::GET, path)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.api(Method::POST, path)
            .form(form)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// As [`Self::post`], with the status.
    pub(crate) async fn try_post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let request = self.api(Method::POST, path).form(form);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    pub(crate) async fn delete(&self, path: &str) -> Value {
        let response = self.api(Method::DELETE, path).send().await.unwrap();
        response.json().await.unwrap()
    }

    pub(crate) async fn control(&self, path: &str, body: &Value) -> Value {
        let response = self
            .request(Method::POST, &format!("/sandbox/{path}"))
            .json(body)
            .send()
            .await
            .unwrap();
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        response.json().await.unwrap()
    }

    pub(crate) async fn price(&self, lookup_key: &str) -> String {
        let prices = self
            .get(&format!("/v1/prices?lookup_keys[]={lookup_key}"))
            .await;
        prices["data"][0]["id"].as_str().unwrap().to_owned()
    }

    /// An open session for three seats of the monthly team plan.
    pub(crate) async fn checkout(&self) -> Value {
        let price = self.price("tenantry_team_month").await;
        let form = [
            ("mode", "subscription"),
            ("client_reference_id", "conv-1"),
            ("customer_email", "ada@example.com"),
            ("line_items[0][price]", &price),
            ("line_items[0][quantity]", "3"),
            ("metadata[conversion_id]", "conv-1"),
            ("subscription_data[metadata][conversion_id]", "conv-1"),
            (
                "success_url",
                "http://localhost:4000/paid?session={CHECKOUT_SESSION_ID}",
            ),
            ("cancel_url", "http://localhost:4000/cancelled"),
        ];
        self.post("/v1/checkout/sessions", &form).await
    }

    pub(crate) async fn pay(&self, session: &Value, card: &str) -> reqwest::Response {
        let form = BTreeMap::from([("card", card)]);
        self.http
            .post(session["url"].as_str().unwrap())
            .form(&form)
            .send()
            .await
            .unwrap()
    }

    /// A paid subscription; answers the session as it is then.
    pub(crate) async fn buy(&self) -> Value {
        let session = self.checkout().await;
        assert_eq!(self.pay(&session, GOOD_CARD).await.status(), 303);
        self.get(&format!(
            "/v1/checkout/sessions/{}",
            session["id"].as_str().unwrap()
        ))
        .await
    }

    /// Like [`Self::buy`]; answers the subscription's id once all its events have arrived.
    pub(crate) async fn subscribe(&self) -> String {
        let before = self.receiver.received().len();
        let session = self.buy().await;
        self.receiver.wait_for(before + BOUGHT.len()).await;
        session["subscription"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn subscription(&self, id: &str) -> Value {
        self.get(&format!("/v1/subscriptions/{id}")).await
    }

    pub(crate) fn let_pass(&self, days: i64) {
        self.sandbox.clock().advance(chrono::TimeDelta::days(days));
    }

    /// Moves the clock so many seconds beyond an instant that an answer named.
    pub(crate) fn let_pass_until(&self, instant: &Value, beyond: i64) {
        let clock = self.sandbox.clock();
        let seconds = instant.as_i64().unwrap() + beyond - clock.now().timestamp();
        clock.advance(chrono::TimeDelta::seconds(seconds));
    }

    /// Polls the stand-in until `path` satisfies `done`.
    pub(crate) async fn wait_until(&self, path: &str, done: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..500 {
            let body = self.get(path).await;
            if done(&body) {
                return body;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{path} did not get there: {}", self.get(path).await);
    }

    /// The bodies of the events of a type so far, oldest first.
    pub(crate) async fn events(&self, kind: &str) -> Vec<Value> {
        let listed = self.get(&format!("/v1/events?type={kind}&limit=100")).await;
        listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .cloned()
            .collect()
    }

    /// Moves the clock by so many days and waits until all of it has happened and was delivered.
    pub(crate) async fn days_later(&self, days: i64) {
        self.let_pass(days);
        self.settled().await;
    }

    pub(crate) async fn settled(&self) {
        self.wait_until("/sandbox/deliveries", |deliveries| {
            deliveries["idle"] == true && deliveries["waiting"] == json!([])
        })
        .await;
    }

    pub(crate) async fn hold(&self) {
        self.control("deliveries/switches", &json!({"hold": true}))
            .await;
    }
}

/// What a first purchase emits, in order.
pub(crate) const BOUGHT: [&str; 9] = [
    "customer.created",
    "payment_method.attached",
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "charge.succeeded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "checkout.session.completed",
];
