//! An authenticator app, and logins that are asked for its codes.

use api::dev::demo::{Browser, Page};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::{PASSWORD, TestApp};

const VERIFIER: &str = "a-verifier-of-forty-three-characters-at-least";

/// One login in one browser, stopped at the page where it asks for a second factor or where it went back.
pub struct SecondFactor {
    pub browser: Browser,
    pub page: Page,
}

impl TestApp {
    /// As far as the password brings them.
    pub async fn begin_login(&self, email: &str, extra: &[(&str, &str)]) -> SecondFactor {
        let mut browser = Browser::new().expect("a browser");
        let back = self.callback();
        let mut page = browser
            .open(self.authorize_url(extra), &back)
            .await
            .expect("a page");
        for _ in 0..2 {
            if !page.body.contains("name=\"password\"") && !page.url.path().ends_with("/identifier")
            {
                break;
            }
            let typed = [("username", email), ("password", PASSWORD)];
            page = browser.fill_in(&page, &typed, &back).await.expect("a page");
        }
        SecondFactor { browser, page }
    }

    /// The code that an app with this key shows now.
    pub fn one_time_code(&self, key: &str) -> String {
        let step = self.sandbox.clock().now().timestamp() / 30;
        one_time_code(key, step)
    }

    pub fn callback(&self) -> String {
        format!("{}/callback", self.url)
    }

    pub fn authorize_url(&self, extra: &[(&str, &str)]) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let mut url: Url = self.sandbox.base_url().parse().expect("a URL");
        url.set_path("authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", "tenantry-console")
            .append_pair("redirect_uri", &self.callback())
            .append_pair("scope", "openid offline_access")
            .append_pair("audience", "https://api.tenantry.dev")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(extra);
        url
    }

    /// The tokens for the code that the browser came back with.
    pub async fn tokens_of(&self, page: &Page) -> Value {
        let code = page.query("code");
        let code = code.unwrap_or_else(|| panic!("no code: {}", page.url));
        let body = json!({
            "grant_type": "authorization_code", "client_id": "tenantry-console", "code": code,
            "code_verifier": VERIFIER, "redirect_uri": self.callback(),
        });
        let answer = self
            .sandbox_request(Method::POST, "oauth/token")
            .json(&body);
        self.send(answer).await.assert_status(200).json()
    }
}

impl SecondFactor {
    /// The key that the page shows to whoever enrols.
    pub fn key(&self) -> Option<String> {
        let (_, rest) = self.page.body.split_once("<code>")?;
        Some(rest.split_once("</code>")?.0.to_owned())
    }

    pub async fn enter(&mut self, app: &TestApp, code: &str) {
        let back = app.callback();
        let next = self
            .browser
            .fill_in(&self.page, &[("code", code)], &back)
            .await;
        self.page = next.expect("a page");
    }
}

/// RFC 6238, with a key in base32.
fn one_time_code(key: &str, step: i64) -> String {
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in key.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            _ => letter - b'2' + 26,
        };
        (bits, held) = (bits << 5 | u32::from(value), held + 5);
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let mac = hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(mac.as_ref()[19] & 0xf);
    let word: [u8; 4] = mac.as_ref()[at..at + 4].try_into().expect("four bytes");
    format!(
        "{:06}",
        (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000
    )
}

/// The claims of a token that the sandbox has just signed.
pub fn claims_of(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("three parts");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    serde_json::from_slice(&claims).expect("JSON")
}
