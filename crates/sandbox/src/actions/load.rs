//! Which Actions are bound to the trigger, in which order, and with which secrets.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::state::State;

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

pub(super) struct Action {
    pub(super) name: String,
    pub(super) source: String,
}

/// The product's Actions in binding order.
const EMBEDDED: [(&str, &str); 5] = [
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
        "sso-policy",
        include_str!("../../../../actions/sso-policy/action.js"),
    ),
    (
        "login-proof",
        include_str!("../../../../actions/login-proof/action.js"),
    ),
];

pub(super) fn embedded() -> Vec<Action> {
    let action = |(name, source): (&str, &str)| Action {
        name: name.to_owned(),
        source: source.to_owned(),
    };
    EMBEDDED.into_iter().map(action).collect()
}

/// Every `NAME/action.js` in `folder`: the embedded ones in their binding order, then others by name.
pub(super) fn from_folder(folder: &Path) -> Result<Vec<Action>, LoadError> {
    let read = |path: &Path, source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    let mut actions = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| read(folder, error))? {
        let entry = entry.map_err(|error| read(folder, error))?;
        let path = entry.path().join("action.js");
        if path.is_file() {
            let source = std::fs::read_to_string(&path).map_err(|error| read(&path, error))?;
            actions.push(Action {
                name: entry.file_name().to_string_lossy().into_owned(),
                source,
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

/// `event.secrets`, the same for every Action here.
pub(super) fn secrets(state: &State) -> Value {
    let config = state.config();
    state.read(|tenant| {
        let client = tenant.clients.get("tenantry-management");
        let role = tenant.roles.values().find(|role| role.name == "org_member");
        json!({
            "TRIAL_DAYS": config.trial_days.to_string(),
            "CLAIMS_NAMESPACE": config.claims_namespace,
            "DOMAIN": state.hosts().http,
            "CLIENT_ID": client.map(|client| &client.client_id),
            "CLIENT_SECRET": client.and_then(|client| client.client_secret.as_ref()),
            "MEMBER_ROLE_ID": role.map(|role| &role.id),
        })
    })
}
