//! What is sent to make or change a stream.

use serde::Deserialize;
use serde_json::Map;

use crate::event_stream::{Authorization, Bridge, Destination, EventStream};
use crate::management::events::TYPES;
use crate::management::refusal::Refusal;
use crate::management::schema::{Kind, Schema};
use crate::management::tenant_name;
use crate::state::State;

const SECRET: Kind = Kind::Text(1, 4_096);
const AUTHORIZATION: Schema = Schema {
    required: &["method"],
    properties: &[
        ("method", Kind::OneOf(&["basic", "bearer", "custom_header"])),
        ("token", SECRET),
        ("username", Kind::Text(1, 128)),
        ("password", SECRET),
        ("header_key", Kind::Text(1, 128)),
        ("header_value", SECRET),
    ],
    open: false,
};
const CONFIGURATION: Schema = Schema {
    required: &["webhook_endpoint", "webhook_authorization"],
    properties: &[
        ("webhook_endpoint", Kind::Text(1, 2_048)),
        ("webhook_authorization", Kind::Object(&AUTHORIZATION)),
    ],
    open: false,
};
const BRIDGE: Schema = Schema {
    required: &["aws_account_id", "aws_region"],
    properties: &[
        ("aws_account_id", Kind::Pattern("^\\d{12}$", is_account)),
        ("aws_region", Kind::Text(1, 64)),
    ],
    open: false,
};
/// The sandbox has no Action to send events to.
const DESTINATION: Kind =
    Kind::Configured(&[("webhook", &CONFIGURATION), ("eventbridge", &BRIDGE)]);
const SUBSCRIPTION: Kind = Kind::Object(&Schema {
    required: &[],
    properties: &[("event_type", Kind::Text(0, usize::MAX))],
    open: false,
});
const NAME: Kind = Kind::Text(1, 128);
const STATUS: Kind = Kind::OneOf(&["enabled", "disabled"]);

pub(super) const NEW: Schema = Schema {
    required: &["destination"],
    properties: &[
        ("name", NAME),
        ("status", STATUS),
        ("subscriptions", Kind::List(&SUBSCRIPTION, 1, usize::MAX)),
        ("destination", DESTINATION),
    ],
    open: false,
};
pub(super) const CHANGE: Schema = Schema {
    required: &[],
    properties: &[
        ("name", NAME),
        ("status", STATUS),
        ("subscriptions", Kind::List(&SUBSCRIPTION, 0, usize::MAX)),
        ("destination", DESTINATION),
    ],
    open: false,
};
pub(super) const TEST: Schema = Schema {
    required: &["event_type"],
    properties: &[
        ("event_type", Kind::OneOf(&TYPES)),
        ("data", Kind::AnyObject),
    ],
    open: false,
};

#[derive(Deserialize)]
pub(super) struct New {
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    pub(super) subscriptions: Option<Vec<Subscription>>,
    pub(super) destination: NewDestination,
}

#[derive(Deserialize)]
pub(super) struct Change {
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    pub(super) subscriptions: Option<Vec<Subscription>>,
    pub(super) destination: Option<NewDestination>,
}

#[derive(Deserialize)]
pub(super) struct Test {
    pub(super) event_type: String,
    pub(super) data: Option<Map<String, serde_json::Value>>,
}

#[derive(Deserialize)]
pub(super) struct Subscription {
    event_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "configuration", rename_all = "lowercase")]
pub(super) enum NewDestination {
    Webhook(Configuration),
    EventBridge(NewBridge),
}

#[derive(Deserialize)]
pub(super) struct NewBridge {
    aws_account_id: String,
    aws_region: String,
}

#[derive(Deserialize)]
pub(super) struct Configuration {
    webhook_endpoint: String,
    webhook_authorization: NewAuthorization,
}

#[derive(Deserialize)]
struct NewAuthorization {
    method: String,
    token: Option<String>,
    username: Option<String>,
    password: Option<String>,
    header_key: Option<String>,
    header_value: Option<String>,
}

/// # Errors
/// 400 for a type that does not exist.
pub(super) fn types(subscriptions: Option<Vec<Subscription>>) -> Result<Vec<String>, Refusal> {
    let named = subscriptions.into_iter().flatten();
    let named: Vec<String> = named.filter_map(|each| each.event_type).collect();
    match named.iter().find(|kind| !TYPES.contains(&kind.as_str())) {
        None => Ok(named),
        Some(unknown) => Err(Refusal::body(format!(
            "Payload validation error: 'No enum match for: {unknown}' on property subscriptions."
        ))),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl NewDestination {
    /// Leads the stream there.
    pub(super) fn lead(self, stream: &mut EventStream, state: &State) -> Result<(), Refusal> {
        match self {
            Self::Webhook(configuration) => {
                let before = stream.destination();
                let destination = configuration.read(state.config().strict, before)?;
                stream.set_destination(Some(destination));
            }
            Self::EventBridge(new) => {
                let tenant = tenant_name(state);
                stream.set_bridge(Bridge::new(new.aws_account_id, new.aws_region, &tenant));
            }
        }
        Ok(())
    }
}

impl Configuration {
    /// `before` lends the secret that a change leaves out. Plain http only where the sandbox is lenient.
    fn read(self, strict: bool, before: Option<&Destination>) -> Result<Destination, Refusal> {
        let url = self.webhook_endpoint;
        if !url.starts_with("https://") && (strict || !url.starts_with("http://")) {
            return Err(Refusal::body(format!(
                "Payload validation error: 'String does not match pattern ^https://.*: {url}' on property \
                 destination.configuration.webhook_endpoint."
            )));
        }
        let given = self.webhook_authorization;
        let authorization = given.read(before.map(|before| &before.authorization))?;
        Ok(Destination { url, authorization })
    }
}

impl NewAuthorization {
    fn read(self, before: Option<&Authorization>) -> Result<Authorization, Refusal> {
        let missing = |name: &str| {
            Refusal::body(format!(
                "Payload validation error: 'Missing required property: {name}' on property \
                 destination.configuration.webhook_authorization."
            ))
        };
        let or = |given: Option<String>, kept: Option<&String>, name: &str| {
            given.or_else(|| kept.cloned()).ok_or_else(|| missing(name))
        };
        Ok(match (self.method.as_str(), before) {
            ("bearer", before) => {
                let kept = match before {
                    Some(Authorization::Bearer { token }) => Some(token),
                    _ => None,
                };
                Authorization::Bearer {
                    token: or(self.token, kept, "token")?,
                }
            }
            ("basic", before) => {
                let kept = match before {
                    Some(Authorization::Basic { password, .. }) => Some(password),
                    _ => None,
                };
                Authorization::Basic {
                    username: or(self.username, None, "username")?,
                    password: or(self.password, kept, "password")?,
                }
            }
            (_, before) => {
                let kept = match before {
                    Some(Authorization::CustomHeader { header_value, .. }) => Some(header_value),
                    _ => None,
                };
                Authorization::CustomHeader {
                    header_key: or(self.header_key, None, "header_key")?,
                    header_value: or(self.header_value, kept, "header_value")?,
                }
            }
        })
    }
}
