//! What an Action may reach outside its engine: the sandbox clock, its log, the cache, the Management API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::clock::SharedClock;

/// Characters of `console` output that Auth0 keeps per Action.
const LOG_KEPT: usize = 256;

/// Auth0's limits on `api.cache`: entries, bytes per key, per value and altogether, milliseconds.
const CACHE_ENTRIES: usize = 20;
const CACHE_KEY: usize = 64;
const CACHE_VALUE: usize = 4096;
const CACHE_BYTES: usize = 8192;
const CACHE_LONGEST: f64 = 24.0 * 3600.0 * 1000.0;

/// Value and the time at which it is forgotten, in milliseconds on the sandbox clock.
pub(crate) type Cache = Arc<Mutex<BTreeMap<String, (String, i64)>>>;

pub(crate) struct Host {
    pub(crate) clock: SharedClock,
    pub(crate) cache: Cache,
    pub(crate) http: reqwest::Client,
    /// Base URLs without a slash at the end; an Action's Management API client reaches no other.
    pub(crate) own_bases: Vec<String>,
    pub(crate) runtime: Handle,
    pub(crate) logged: Mutex<String>,
}

#[derive(Deserialize)]
struct ManagementClient {
    base: String,
    client_id: Value,
    client_secret: Value,
}

#[derive(Deserialize)]
struct ManagementRequest {
    method: String,
    path: String,
    body: Value,
}

impl Host {
    pub(super) fn now_ms(&self) -> f64 {
        self.clock.now().timestamp_millis() as f64
    }

    pub(super) fn log(&self, line: &str) {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let room = LOG_KEPT.saturating_sub(logged.chars().count());
        logged.extend(line.chars().chain(['\n']).take(room));
    }

    pub(super) fn cache_get(&self, key: &str) -> Option<String> {
        let now = self.clock.now().timestamp_millis();
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|_, (_, forgotten_at)| *forgotten_at > now);
        let (value, forgotten_at) = cache.get(key)?;
        Some(json!({"value": value, "expires_at": forgotten_at}).to_string())
    }

    /// Whether the value was kept.
    pub(super) fn cache_set(&self, key: String, value: String, ttl_ms: f64) -> bool {
        let now = self.clock.now().timestamp_millis();
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|other, (_, forgotten_at)| *forgotten_at > now && *other != key);
        let used: usize = cache
            .iter()
            .map(|(key, (value, _))| key.len() + value.len())
            .sum();
        let fits = key.len() <= CACHE_KEY
            && value.len() <= CACHE_VALUE
            && cache.len() < CACHE_ENTRIES
            && used + key.len() + value.len() <= CACHE_BYTES;
        if fits {
            let ttl = ttl_ms.clamp(0.0, CACHE_LONGEST) as i64;
            cache.insert(key, (value, now + ttl));
        }
        fits
    }

    pub(super) fn cache_delete(&self, key: &str) {
        self.cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }

    /// Calls the sandbox's own Management API over HTTP, as the client that the Action names. Answers
    /// `{"status": …, "body": …}`; status 599 says that there was no answer.
    pub(super) fn management(&self, client: &str, request: &str) -> String {
        let answer = match (serde_json::from_str(client), serde_json::from_str(request)) {
            (Ok(client), Ok(request)) => self.runtime.block_on(self.call(&client, &request)),
            _ => Err("the call is malformed".to_owned()),
        };
        let (status, body) = answer.unwrap_or_else(|message| (599, json!({"message": message})));
        json!({"status": status, "body": body}).to_string()
    }

    async fn call(
        &self,
        client: &ManagementClient,
        request: &ManagementRequest,
    ) -> Result<(u16, Value), String> {
        if !self.own_bases.contains(&client.base) {
            return Err(format!("{} is not this sandbox", client.base));
        }
        let (status, token) = self.token(client).await?;
        let Some(token) = token["access_token"].as_str() else {
            return Ok((status, token));
        };
        let url = format!("{}/api/v2/{}", client.base, request.path);
        let method = request
            .method
            .parse()
            .map_err(|_| "no such method".to_owned())?;
        let mut call = self.http.request(method, url).bearer_auth(token);
        if !request.body.is_null() {
            call = call.json(&request.body);
        }
        answer(call).await
    }

    async fn token(&self, client: &ManagementClient) -> Result<(u16, Value), String> {
        let audience = format!("{}/api/v2/", client.base);
        answer(
            self.http
                .post(format!("{}/oauth/token", client.base))
                .json(&json!({
                    "grant_type": "client_credentials", "audience": audience,
                    "client_id": client.client_id, "client_secret": client.client_secret,
                })),
        )
        .await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<(u16, Value), String> {
    let response = request
        .send()
        .await
        .map_err(|error| error.without_url().to_string())?;
    let status = response.status().as_u16();
    let text = response
        .text()
        .await
        .map_err(|error| error.without_url().to_string())?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
}
