//! A browser that follows nothing by itself, and an application that it logs in to.

use std::sync::Mutex;
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{RequestBuilder, StatusCode, redirect};
use sandbox::{Running, Sandbox, SandboxConfig};
use serde_json::Value;
use url::Url;

pub(crate) const APP: &str = "http://localhost:4000";
pub(crate) const API: &str = "https://api.tenantry.dev";
pub(crate) const CONSOLE: &str = "tenantry-console";
pub(crate) const PASSWORD: &str = "Tenantry-demo-1";
pub(crate) const SCOPE: &str = "openid profile email offline_access projects:read";

pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

pub(crate) async fn sandbox() -> Running {
    let config = SandboxConfig {
        app_urls: vec![APP.to_owned()],
        ..SandboxConfig::default()
    };
    Sandbox::start(config).await.unwrap()
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Page {
    /// A parameter of the address that the browser was sent to.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let url = Url::parse(self.location.as_deref()?).ok()?;
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    pub(crate) fn csrf(&self) -> String {
        let (_, rest) = self
            .body
            .split_once("name=\"csrf\" value=\"")
            .expect("a form");
        rest.split_once('"').unwrap().0.to_owned()
    }

    pub(crate) fn error(&self) -> (String, String) {
        (
            self.parameter("error").unwrap(),
            self.parameter("error_description").unwrap(),
        )
    }
}

pub(crate) struct Browser {
    http: reqwest::Client,
    base: String,
    cookie: Mutex<Option<String>>,
}

/// One run of the authorization code flow.
pub(crate) struct Login {
    pub(crate) verifier: String,
    pub(crate) page: Page,
}

impl Browser {
    pub(crate) fn new(base: &str) -> Self {
        Self {
            http: http(),
            base: base.trim_end_matches('/').to_owned(),
            cookie: Mutex::default(),
        }
    }

    pub(crate) async fn get(&self, address: &str) -> Page {
        self.send(self.http.get(self.absolute(address))).await
    }

    pub(crate) async fn post(&self, address: &str, form: &[(&str, &str)]) -> Page {
        self.send(self.http.post(self.absolute(address)).form(form))
            .await
    }

    fn absolute(&self, address: &str) -> String {
        if address.starts_with('/') {
            format!("{}{address}", self.base)
        } else {
            address.to_owned()
        }
    }

    async fn send(&self, mut request: RequestBuilder) -> Page {
        if let Some(cookie) = self.cookie.lock().unwrap().as_ref() {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await.unwrap();
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        if let Some(set) = header("set-cookie") {
            *self.cookie.lock().unwrap() = Some(set.split(';').next().unwrap().to_owned());
        }
        let location = header("location");
        Page {
            status: response.status(),
            location,
            body: response.text().await.unwrap(),
        }
    }

    /// `GET /authorize` as our console asks, with more parameters or other values for its own.
    pub(crate) async fn authorize(&self, more: &[(&str, &str)]) -> Login {
        let verifier = "a-verifier-of-more-than-forty-three-characters-0123456789".to_owned();
        let challenge =
            URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        let redirect_uri = format!("{APP}/callback");
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", CONSOLE),
            ("redirect_uri", redirect_uri.as_str()),
            ("scope", SCOPE),
            ("audience", API),
            ("state", "app-state"),
            ("nonce", "app-nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        parameters.retain(|(name, _)| !more.iter().any(|(other, _)| name == other));
        parameters.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        let url = Url::parse_with_params(&format!("{}/authorize", self.base), parameters).unwrap();
        Login {
            verifier,
            page: self.get(url.as_str()).await,
        }
    }

    /// Through both pages; the last answer is the one that goes back to the application.
    pub(crate) async fn log_in_with(
        &self,
        email: &str,
        password: &str,
        more: &[(&str, &str)],
    ) -> Login {
        let Login { verifier, page } = self.authorize(more).await;
        let address = page.location.expect("a login page");
        let page = self.enter_credentials(&address, email, password).await;
        Login { verifier, page }
    }

    /// Through the identifier page at `address` and the password page after it.
    pub(crate) async fn enter_credentials(
        &self,
        address: &str,
        email: &str,
        password: &str,
    ) -> Page {
        let csrf = self.get(address).await.csrf();
        let next = self
            .post(address, &[("csrf", &csrf), ("username", email)])
            .await;
        let address = next.location.expect("the password page");
        self.post(&address, &[("csrf", &csrf), ("password", password)])
            .await
    }

    pub(crate) async fn log_in(&self, email: &str, more: &[(&str, &str)]) -> Login {
        self.log_in_with(email, PASSWORD, more).await
    }

    pub(crate) async fn exchange(&self, login: &Login) -> Result<Value, (StatusCode, Value)> {
        let code = login.page.parameter("code").expect("a code");
        let redirect_uri = format!("{APP}/callback");
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", CONSOLE),
            ("code", &code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", &login.verifier),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Result<Value, (StatusCode, Value)> {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("client_id", CONSOLE),
            ("refresh_token", refresh_token),
        ])
        .await
    }

    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Result<Value, (StatusCode, Value)> {
        let url = format!("{}/oauth/token", self.base);
        let response = self.http.post(url).form(form).send().await.unwrap();
        let status = response.status();
        let body: Value = response.json().await.unwrap();
        if status.is_success() {
            Ok(body)
        } else {
            Err((status, body))
        }
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.http
            .get(self.absolute(path))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }
}

/// The claims of a JWT, unchecked.
pub(crate) fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
