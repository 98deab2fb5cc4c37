//! The stream of the tenant's log to whatever collects the operator's logs. The product needs none: `work` reads the log.

use management::Collection;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::super::document::changes;
use super::super::found::{Found, text};
use super::super::repair::Repair;
use super::super::target::Target;
use super::{Item, State};
use crate::config::LogStream;

/// None where nobody asked for one.
pub(super) fn item(found: &Found, target: &Target, renew_secrets: bool) -> Option<Item> {
    let wanted = target.log_stream.as_ref()?;
    // Collectors like to have their token in the address.
    let host = wanted.url.host_str().unwrap_or_default();
    let what = format!("log stream to {host}");
    let name = name(target);
    let endpoint = |stream: &Value| text(&stream["sink"], "httpEndpoint").to_owned();
    let url = wanted.url.as_str();
    let named = |stream: &&Value| text(stream, "name") == name || endpoint(stream) == url;
    let Some(have) = found.log_streams.iter().find(named) else {
        let want = document(target, wanted);
        return Some(Item::of_document(
            what,
            Collection::LogStreams,
            None,
            &want,
            &[],
        ));
    };
    let (mut have, mut want) = (have.clone(), json!({ "status": "active" }));
    if renew_secrets {
        have["sink"] = Value::Null;
    }
    if renew_secrets || endpoint(&have) != url || has_another_header(&have, wanted) {
        want["sink"] = sink(wanted);
    }
    let id = text(&have, "id").to_owned();
    let state = State::of_changes(changes(&have, &want, &[]), |changes| {
        Repair::Change(Collection::LogStreams, id, changes)
    });
    Some(Item::new(what, state))
}

/// Unlike other secrets, Auth0 shows this one to whoever may read log streams.
fn has_another_header(have: &Value, wanted: &LogStream) -> bool {
    let shown = have["sink"]
        .get("httpAuthorization")
        .and_then(Value::as_str);
    let wanted = wanted
        .authorization
        .as_ref()
        .map(ExposeSecret::expose_secret);
    shown
        .zip(wanted)
        .is_some_and(|(shown, wanted)| shown != wanted)
}

fn name(target: &Target) -> String {
    format!("{} log", target.service_name.as_ref())
}

fn document(target: &Target, wanted: &LogStream) -> Value {
    json!({ "name": name(target), "type": "http", "sink": sink(wanted) })
}

/// As the Deploy CLI takes it, with a keyword where a secret is.
pub(super) fn exported(target: &Target) -> Option<Value> {
    let wanted = target.log_stream.as_ref()?;
    let mut document = document(target, wanted);
    if wanted.authorization.is_some() {
        document["sink"]["httpAuthorization"] = json!("##AUTH0_LOG_STREAM_AUTHORIZATION##");
    }
    Some(document)
}

fn sink(wanted: &LogStream) -> Value {
    let mut sink = json!({
        "httpEndpoint": wanted.url.as_str(),
        "httpContentType": "application/json",
        "httpContentFormat": "JSONLINES",
    });
    if let Some(authorization) = &wanted.authorization {
        sink["httpAuthorization"] = json!(authorization.expose_secret());
    }
    sink
}
