//! A machine client of a fresh sandbox.

use std::time::Duration;

use reqwest::{Client, Method};
use sandbox::{Limits, Running, Sandbox, SandboxConfig};
use serde_json::{Value, json};

pub(crate) struct Api {
    pub(crate) running: Running,
    http: Client,
    token: String,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    /// The error body in full: `code` is null where Auth0 has none.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str, message: &str) {
        let code = if code.is_empty() {
            Value::Null
        } else {
            json!(code)
        };
        assert_eq!(
            (self.status, &self.body["errorCode"]),
            (status, &code),
            "{}",
            self.body
        );
        assert_eq!(self.body["statusCode"], status);
        assert_eq!(self.body["message"], message);
    }

    #[track_caller]
    pub(crate) fn assert_status(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    pub(crate) fn number(&self, header: &str) -> u64 {
        self.headers[header].to_str().unwrap().parse().unwrap()
    }
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::with(SandboxConfig {
            limits: Limits::Off,
            ..SandboxConfig::default()
        })
        .await
    }

    pub(crate) async fn with(config: SandboxConfig) -> Self {
        Self::of(Sandbox::start(config).await.unwrap()).await
    }

    /// The same sandbox with a new token, after the clock was moved.
    pub(crate) async fn again(self) -> Self {
        Self::of(self.running).await
    }

    async fn of(running: Running) -> Self {
        let http = Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let base = running.base_url();
        let asked = json!({
            "grant_type": "client_credentials", "audience": format!("{base}api/v2/"),
            "client_id": "tenantry-management", "client_secret": "tenantry-management-secret",
        });
        let url = format!("{base}oauth/token");
        let answer = http.post(url).json(&asked).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self {
            running,
            http,
            token,
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.http
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// With an `Authorization` header of one's own, or none.
    pub(crate) async fn get_as(&self, authorization: Option<&str>, path: &str) -> Reply {
        let url = format!("{}api/v2/{path}", self.running.base_url());
        let mut request = self.http.get(url);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        reply(request).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let url = format!("{}api/v2/{path}", self.running.base_url());
        let request = self.http.request(method, url).bearer_auth(&self.token);
        reply(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// What the Actions that are bound ask for on this event of a login.
    pub(crate) async fn run_actions(&self, event: Value) -> Value {
        let url = format!("{}sandbox/actions/post-login", self.running.base_url());
        let run = self.http.post(url).json(&event).send().await.unwrap();
        run.json().await.unwrap()
    }

    /// A file of users for Auth0's bulk import, as its form.
    pub(crate) async fn import_users(&self, connection: &str, upsert: bool, users: &str) -> Reply {
        let field = |name: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = [
            field("connection_id", connection),
            field("upsert", if upsert { "true" } else { "false" }),
            field("users", users),
            "--x--\r\n".to_owned(),
        ];
        let url = format!("{}api/v2/jobs/users-imports", self.running.base_url());
        let request = self.http.post(url).bearer_auth(&self.token);
        reply(
            request
                .header("content-type", "multipart/form-data; boundary=x")
                .body(body.concat()),
        )
        .await
    }

    /// A page of the tenant's, as a browser asks for it or sends its form.
    pub(crate) async fn page(&self, path: &str, form: Option<&[(&str, &str)]>) -> (u16, String) {
        let url = format!("{}{path}", self.running.base_url());
        let request = match form {
            Some(form) => self.http.post(url).form(form),
            None => self.http.get(url),
        };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub(crate) async fn put(&self, path: &str) -> Reply {
        self.call(Method::PUT, path, None).await
    }

    pub(crate) async fn put_with(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, None).await
    }

    pub(crate) async fn delete_with(&self, path: &str, body: Value) -> Reply {
        self.call(Method::DELETE, path, Some(body)).await
    }

    /// The ids of everything made here are what the answer says.
    pub(crate) async fn organization(&self, name: &str) -> String {
        let made = self.post("organizations", json!({ "name": name })).await;
        id(&made.assert_status(201), "id")
    }

    pub(crate) async fn user(&self, email: &str) -> String {
        let user = json!({
            "connection": "Username-Password-Authentication", "email": email, "password": "Tenantry-demo-1",
        });
        id(
            &self.post("users", user).await.assert_status(201),
            "user_id",
        )
    }

    pub(crate) async fn role(&self, name: &str) -> String {
        let made = self.post("roles", json!({ "name": name })).await;
        id(&made.assert_status(200), "id")
    }

    pub(crate) async fn connection(&self, name: &str, strategy: &str) -> String {
        let mut connection = json!({ "name": name, "strategy": strategy });
        if matches!(strategy, "oidc" | "okta" | "waad") {
            connection["options"] = json!({ "client_id": "tenantry" });
        }
        id(
            &self
                .post("connections", connection)
                .await
                .assert_status(201),
            "id",
        )
    }

    pub(crate) async fn join(&self, organization: &str, user_id: &str) {
        let path = format!("organizations/{organization}/members");
        self.post(&path, json!({ "members": [user_id] }))
            .await
            .assert_status(204);
    }
}

pub(crate) async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Reply {
        status,
        headers,
        body,
    }
}

fn id(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap().to_owned()
}
