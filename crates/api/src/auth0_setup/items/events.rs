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
    let name = format!("{} events", target.service_name.as_ref());
    let types = mirror::EVENT_TYPES.iter();
    let types: Vec<Value> = types.map(|kind| json!({ "event_type": kind })).collect();
    let destination = json!({
        "type": "webhook",
        "configuration": {
            "webhook_endpoint": url,
            "webhook_authorization": {
                "method": "bearer",
                "token": environment.events_token().unwrap_or_default(),
            },
        },
    });
    let mut want = json!({ "status": "enabled", "subscriptions": types });
    let endpoint = |stream: &Value| {
        let configuration = &stream["destination"]["configuration"];
        text(configuration, "webhook_endpoint").to_owned()
    };
    let named = |stream: &&Value| text(stream, "name") == name || endpoint(stream) == url;
    let Some(have) = found.streams.iter().find(named) else {
        want["name"] = json!(name);
        want["destination"] = destination;
        return Item::of_document(what, Collection::EventStreams, None, &want, &[]);
    };
    let mut have = have.clone();
    if renew_secrets || endpoint(&have) != url {
        // Its token is not shown, so that it is written as a whole or not at all.
        have["destination"] = Value::Null;
        want["destination"] = destination;
    }
    let id = text(&have, "id").to_owned();
    let state = State::of_changes(changes(&have, &want, &[]), |changes| {
        Repair::Change(Collection::EventStreams, id, changes)
    });
    Item::new(what, state)
}
