//! Faults of the identity provider and the payment provider, and how often they were called.

use reqwest::Method;
use serde_json::Value;

use crate::TestApp;

impl TestApp {
    /// One more planned fault, as `POST /sandbox/faults` of the sandbox takes it.
    pub async fn plan_fault(&self, fault: &Value) {
        let request = self.sandbox_request(Method::POST, "sandbox/faults");
        self.send(request.json(fault)).await.assert_status(201);
    }

    pub async fn clear_faults(&self) {
        let request = self.sandbox_request(Method::DELETE, "sandbox/faults");
        self.send(request).await.assert_status(204);
    }

    /// How often the sandbox was called at `route`, such as `GET /.well-known/jwks.json`.
    pub async fn calls_of(&self, route: &str) -> u64 {
        let requests = self.sandbox_get("sandbox/requests").await;
        requests["counts"][route].as_u64().unwrap_or_default()
    }
}
