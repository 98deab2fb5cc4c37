//! Request bodies: read as JSON, checked against a schema, then parsed into the handler's own struct.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal::Refusal;
use super::schema::{Kind, Schema};

/// Auth0 refuses bodies above 1 MB.
pub(crate) const LARGEST_BODY: usize = 1 << 20;

pub(crate) fn parse<T: DeserializeOwned>(body: &[u8], schema: &Schema) -> Result<T, Refusal> {
    let value = json(body)?;
    schema.check(&value)?;
    typed(value)
}

/// A body that is a bare array, such as the one of `PATCH /connections/{id}/clients`.
pub(crate) fn parse_list<T: DeserializeOwned>(body: &[u8], kind: &Kind) -> Result<T, Refusal> {
    let value = json(body)?;
    kind.check_body(&value)?;
    typed(value)
}

fn json(body: &[u8]) -> Result<Value, Refusal> {
    // No body is an empty object to Auth0: the answer then names the first missing property.
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body).map_err(|_| Refusal::body("Invalid request payload JSON format"))
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value)
        .map_err(|error| Refusal::body(format!("Payload validation error: '{error}'.")))
}
