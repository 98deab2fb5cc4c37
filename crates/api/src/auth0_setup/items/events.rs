//! The stream that tells us what happens in the tenant.

use management::Collection;
use serde_json::{Value, json};

use super::super::document::changes;
use super::super::environment::Environment;
use super::super::fingerprint::Fingerprints;
use super::super::found::{Found, text};
use super::super::repair::Repair;
use super::super::target::Target;
use super::{Item, State};
use crate::workflows::mirror;

/// Before the fingerprint of the token, in the query of the address: nobody but `plan` reads it.
const MADE_WITH: &str = "?made_with=";
const METHOD: &str = "bearer";

pub(super) fn item(
    found: &Found,
    target: &Target,
    environment: &Environment,
    renew_secrets: bool,
) -> Item {
    let url = target.events_url();
    let what = format!("event stream to {url}");
    let token = environment.events_token().unwrap_or_default();
    let made_with = match Fingerprints::of_tenant(found, target) {
        Ok(fingerprints) => fingerprints.of("event stream", &[&token]),
        Err(wait) => return Item::new(what, State::Waits(wait)),
    };
    let wanted_endpoint = format!("{url}{MADE_WITH}{made_with}");
    let name = name(target);
    let named = |stream: &&Value| text(stream, "name") == name || address(endpoint(stream)) == url;
    let mut want = subscribed();
    let Some(have) = found.streams.iter().find(named) else {
        want["name"] = json!(name);
        want["destination"] = destination(&wanted_endpoint, &token);
        return Item::of_document(what, Collection::EventStreams, None, &want, &[]);
    };
    let mut have = have.clone();
    // What another tool wrote has no fingerprint, so that nothing is known of its token.
    let is_ours = endpoint(&have) == url || endpoint(&have) == wanted_endpoint;
    let is_right = is_ours && method(&have).is_none_or(|method| method == METHOD);
    if renew_secrets || !is_right {
        // Its token is not shown, so that it is written as a whole or not at all.
        if renew_secrets {
            have["destination"] = Value::Null;
        }
        want["destination"] = destination(&wanted_endpoint, &token);
    }
    let id = text(&have, "id").to_owned();
    let state = State::of_changes(changes(&have, &want, &[]), |changes| {
        Repair::Change(Collection::EventStreams, id, changes)
    });
    Item::new(what, state)
}

/// The whole stream as the Deploy CLI takes it, which writes the token each time.
pub(super) fn exported(target: &Target, token: &str) -> Value {
    let mut document = subscribed();
    document["name"] = json!(name(target));
    document["destination"] = destination(&target.events_url(), token);
    document
}

fn endpoint(stream: &Value) -> &str {
    text(&stream["destination"]["configuration"], "webhook_endpoint")
}

/// How the token is sent, where it is shown.
fn method(stream: &Value) -> Option<&str> {
    stream["destination"]["configuration"]["webhook_authorization"]["method"].as_str()
}

fn address(endpoint: &str) -> &str {
    endpoint
        .split_once('?')
        .map_or(endpoint, |(address, _)| address)
}

fn subscribed() -> Value {
    let types = mirror::EVENT_TYPES.iter();
    let types: Vec<Value> = types.map(|kind| json!({ "event_type": kind })).collect();
    json!({ "status": "enabled", "subscriptions": types })
}

fn name(target: &Target) -> String {
    format!("{} events", target.service_name.as_ref())
}

fn destination(endpoint: &str, token: &str) -> Value {
    json!({
        "type": "webhook",
        "configuration": {
            "webhook_endpoint": endpoint,
            "webhook_authorization": { "method": METHOD, "token": token },
        },
    })
}
