//! Events: what happened, kept for 30 days, each with the object as it was then.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::account::{Account, Cause};
use super::call::Call;
use super::error::StripeError;
use super::object_id;
use super::pages;

/// The version in whose shapes events are written: a real one, and the one that the API's billing client names.
pub(crate) const API_VERSION: &str = "2025-09-30.clover";

/// Seconds for which Stripe lists an event.
const KEPT_FOR: i64 = 30 * 24 * 3600;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) created: i64,
    api_version: String,
    object: Value,
    previous_attributes: Option<Value>,
    request_id: Option<String>,
    idempotency_key: Option<String>,
    /// Deliveries that have not been answered with 2xx.
    pub(crate) pending_webhooks: u32,
}

impl Event {
    pub(crate) fn json(&self) -> Value {
        let mut data = json!({"object": self.object});
        if let Some(previous) = &self.previous_attributes {
            data["previous_attributes"] = previous.clone();
        }
        json!({
            "id": self.id, "object": "event", "api_version": self.api_version, "created": self.created,
            "data": data, "livemode": false, "pending_webhooks": self.pending_webhooks,
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key}, "type": self.kind,
        })
    }
}

impl Account {
    pub(crate) fn emit(
        &mut self,
        kind: &str,
        object: Value,
        previous: Option<Value>,
        cause: &Cause,
    ) {
        let id = object_id::random("evt_1", 23);
        let event = Event {
            id: id.clone(),
            kind: kind.to_owned(),
            created: cause.now,
            api_version: self
                .deliveries
                .api_version()
                .unwrap_or(API_VERSION)
                .to_owned(),
            object,
            previous_attributes: previous,
            request_id: cause.request_id.clone(),
            idempotency_key: cause.idempotency_key.clone(),
            pending_webhooks: self.deliveries.wanting(kind),
        };
        self.events.insert(&id, event);
        self.deliveries.enqueue(&id, kind, cause.now);
    }

    /// Emits an update with `previous_attributes`, unless the two are equal.
    pub(crate) fn emit_if_changed(
        &mut self,
        kind: &str,
        before: &Value,
        after: &Value,
        cause: &Cause,
    ) {
        let previous = differences(before, after);
        if !previous.is_empty() {
            self.emit(kind, after.clone(), Some(Value::Object(previous)), cause);
        }
    }

    pub(crate) fn event_kind(&self, id: &str) -> Option<&str> {
        self.events.get(id).map(|event| event.kind.as_str())
    }

    pub(crate) fn forget_old_events(&mut self, now: i64) {
        if self
            .events
            .oldest_first()
            .next()
            .is_some_and(|(_, event)| event.created + KEPT_FOR < now)
        {
            self.events.retain(|event| event.created + KEPT_FOR >= now);
        }
    }
}

/// The old values of what changed, at the top level and one level down, as Stripe's `previous_attributes` has them.
fn differences(before: &Value, after: &Value) -> Map<String, Value> {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return Map::new();
    };
    let mut changed = Map::new();
    for (name, old) in before {
        let new = after.get(name).unwrap_or(&Value::Null);
        if old == new {
            continue;
        }
        let nested = if name == "items" || !new.is_object() {
            Map::new()
        } else {
            differences(old, new)
        };
        let previous = match name.as_str() {
            "items" => json!({"data": old["data"]}),
            _ if nested.is_empty() => old.clone(),
            _ => Value::Object(nested),
        };
        changed.insert(name.clone(), previous);
    }
    let added = after.keys().filter(|name| !before.contains_key(*name));
    changed.extend(added.map(|name| (name.clone(), Value::Null)));
    changed
}

#[get("/v1/events")]
pub(crate) async fn list(call: Call) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[
            "created",
            "delivery_success",
            "ending_before",
            "limit",
            "starting_after",
            "type",
            "types",
        ])?;
        let mut kinds = ask.params.texts("types")?;
        kinds.extend(ask.params.text("type")?);
        let delivered = ask.params.boolean("delivery_success")?;
        let created = pages::created_filter(ask)?;
        let matching = account.events.newest_first().filter(|(_, event)| {
            created(event.created)
                && event.created + KEPT_FOR >= ask.cause.now
                && (kinds.is_empty() || kinds.iter().any(|kind| matches(kind, &event.kind)))
                && delivered.is_none_or(|delivered| delivered == (event.pending_webhooks == 0))
        });
        pages::list(matching, ask, "/v1/events", Event::json)
    })
}

/// `invoice.paid`, or a group such as `invoice.*` or `*`.
pub(crate) fn matches(pattern: &str, kind: &str) -> bool {
    pattern
        .strip_suffix('*')
        .map_or(pattern == kind, |prefix| kind.starts_with(prefix))
}

#[get("/v1/events/{id}")]
pub(crate) async fn show(call: Call, id: web::Path<String>) -> Result<HttpResponse, StripeError> {
    call.look(|account, ask| {
        ask.params.refuse_unknown(&[])?;
        Ok(account
            .events
            .get(&id)
            .ok_or_else(|| StripeError::no_such("event", &id))?
            .json())
    })
}
