//! The stream that tells us what happens in the tenant.

use management::Collection;
use serde_json::{Value, json};

use super::super::document::changes;
use super::super::environment::Environment;
use super::super::found::{Found, text};
use super::super::repair::Repair;
use super::super::target::Target;
use super::{Item, State};
use crate::workflows::mirror;

pub(super) fn item(
    found: &Found,
    target: &Target,
    environment: &Environment,
    renew_secrets: bool,
) -> Item {
    let url = target.events_url();
    let what = format!("event stream to {url}");
    let name = name(target);
    let token = environment.events_token().unwrap_or_default();
    let mut want = subscribed();
    let endpoint = |stream: &Value| {
        let configuration = &stream["destination"]["configuration"];
        text(configuration, "webhook_endpoint").to_owned()
    };
    let named = |stream: &&Value| text(stream, "name") == name || endpoint(stream) == url;
    let Some(have) = found.streams.iter().find(named) else {
        let want = document(target, token);
        return Item::of_document(what, Collection::EventStreams, None, &want, &[]);
    };
    let mut have = have.clone();
    if renew_secrets || endpoint(&have) != url {
        // Its token is not shown, so that it is written as a whole or not at all.
        have["destination"] = Value::Null;
        want["destination"] = destination(target, token);
    }
    let id = text(&have, "id").to_owned();
    let state = State::of_changes(changes(&have, &want, &[]), |changes| {
        Repair::Change(Collection::EventStreams, id, changes)
    });
    Item::new(what, state)
}

/// The whole stream, as it is made.
pub(super) fn document(target: &Target, token: &str) -> Value {
    let mut document = subscribed();
    document["name"] = json!(name(target));
    document["destination"] = destination(target, token);
    document
}

fn subscribed() -> Value {
    let types = mirror::EVENT_TYPES.iter();
    let types: Vec<Value> = types.map(|kind| json!({ "event_type": kind })).collect();
    json!({ "status": "enabled", "subscriptions": types })
}

fn name(target: &Target) -> String {
    format!("{} events", target.service_name.as_ref())
}

fn destination(target: &Target, token: &str) -> Value {
    json!({
        "type": "webhook",
        "configuration": {
            "webhook_endpoint": target.events_url(),
            "webhook_authorization": { "method": "bearer", "token": token },
        },
    })
}
