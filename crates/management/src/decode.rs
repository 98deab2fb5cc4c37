//! What counts as an answer: JSON, complete, of the promised shape, and not an error in disguise.

use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::Error;
use crate::http::Reply;

pub(crate) fn json<T: DeserializeOwned>(reply: &Reply) -> Result<T, Error> {
    let problem = |problem: &str| Error::Decode {
        status: reply.status.as_u16(),
        problem: problem.to_owned(),
    };
    if !is_json(reply) {
        return Err(problem("the content type is not JSON"));
    }
    let value: Value = serde_json::from_slice(&reply.body)
        .map_err(|_| problem("the JSON is truncated or malformed"))?;
    if is_error(&value) {
        return Err(problem("the body is an error"));
    }
    // serde's own message may quote the value, which may be a token.
    serde_json::from_value(value).map_err(|_| problem("the JSON has another shape"))
}

/// For calls whose body does not matter: 204, `{}`, or a representation nobody asked for.
pub(crate) fn nothing(reply: &Reply) -> Result<(), Error> {
    if reply.body.is_empty() {
        return Ok(());
    }
    json::<Value>(reply).map(drop)
}

fn is_json(reply: &Reply) -> bool {
    let content_type = reply.headers.get(CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

/// `{"statusCode":503,"error":"…"}` below a 200: seen from gateways in front of an API.
fn is_error(value: &Value) -> bool {
    let status = value.get("statusCode").and_then(Value::as_u64);
    status.is_some_and(|status| status >= 400) && value.get("error").is_some()
}

/// Auth0 sends `null` where it has nothing as often as it leaves the member out.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
