//! Which Actions are bound to the trigger, in which order, and with which secrets.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::state::State;
use crate::tenant::{Binding, Metadata, POST_LOGIN};

/// Why the Actions could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("the Action in {path} cannot be read")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("no HTTP client could be made for the Actions")]
    Http(#[source] reqwest::Error),
}

/// One of the product's own Actions, as its file has it.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) code: String,
}

/// What runs at a login.
pub(super) struct Bound {
    pub(super) name: String,
    pub(super) code: String,
    /// `event.secrets`.
    pub(super) secrets: Value,
}

/// The product's Actions in binding order.
const EMBEDDED: [(&str, &str); 6] = [
    (
        "manage-subscription",
        include_str!("../../../../actions/manage-subscription/action.js"),
    ),
    (
        "default-member-role",
        include_str!("../../../../actions/default-member-role/action.js"),
    ),
    (
        "organization-claims",
        include_str!("../../../../actions/organization-claims/action.js"),
    ),
    (
        "mfa-policy",
        include_str!("../../../../actions/mfa-policy/action.js"),
    ),
    (
        "sso-policy",
        include_str!("../../../../actions/sso-policy/action.js"),
    ),
    (
        "login-proof",
        include_str!("../../../../actions/login-proof/action.js"),
    ),
];

pub(super) fn embedded() -> Vec<Source> {
    let action = |(name, code): (&str, &str)| Source {
        name: name.to_owned(),
        code: code.to_owned(),
    };
    EMBEDDED.into_iter().map(action).collect()
}

/// Every `NAME/action.js` in `folder`: the embedded ones in their binding order, then others by name.
pub(super) fn from_folder(folder: &Path) -> Result<Vec<Source>, LoadError> {
    let read = |path: &Path, source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    let mut actions = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| read(folder, error))? {
        let entry = entry.map_err(|error| read(folder, error))?;
        let path = entry.path().join("action.js");
        if path.is_file() {
            let code = std::fs::read_to_string(&path).map_err(|error| read(&path, error))?;
            actions.push(Source {
                name: entry.file_name().to_string_lossy().into_owned(),
                code,
            });
        }
    }
    let place = |name: &str| {
        EMBEDDED
            .iter()
            .position(|(known, _)| *known == name)
            .unwrap_or(EMBEDDED.len())
    };
    actions.sort_by(|a, b| (place(&a.name), &a.name).cmp(&(place(&b.name), &b.name)));
    Ok(actions)
}

/// In binding order, with the secrets of each.
pub(super) fn bound(state: &State) -> Vec<Bound> {
    let planted = Value::Object(default_secrets(state));
    state.read(|tenant| {
        let bindings = tenant.bindings.get(POST_LOGIN).into_iter().flatten();
        let bound = |binding: &Binding| {
            let action = tenant.actions.get(&binding.action_id)?;
            let deployed = &action.deployed()?.draft;
            let own = || {
                let secrets = deployed.secrets.iter();
                secrets.map(|secret| (secret.name.clone(), json!(secret.value)))
            };
            Some(Bound {
                name: action.name.clone(),
                code: deployed.code.clone(),
                secrets: match action.is_planted {
                    true => planted.clone(),
                    false => own().collect(),
                },
            })
        };
        bindings.filter_map(bound).collect()
    })
}

/// The same for every Action that came with the sandbox.
pub(crate) fn default_secrets(state: &State) -> Metadata {
    let config = state.config();
    state.read(|tenant| {
        let client = tenant.clients.get("tenantry-management");
        let role = tenant.roles.values().find(|role| role.name == "org_member");
        let secrets = [
            ("TRIAL_DAYS", json!(config.trial_days.to_string())),
            ("CLAIMS_NAMESPACE", json!(config.claims_namespace)),
            ("DOMAIN", json!(state.hosts().http)),
            ("CLIENT_ID", json!(client.map(|client| &client.client_id))),
            (
                "CLIENT_SECRET",
                json!(client.and_then(|client| client.client_secret.as_ref())),
            ),
            ("MEMBER_ROLE_ID", json!(role.map(|role| &role.id))),
        ];
        let owned = |(name, value): (&str, Value)| (name.to_owned(), value);
        secrets.into_iter().map(owned).collect()
    })
}
