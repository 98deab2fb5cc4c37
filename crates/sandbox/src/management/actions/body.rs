//! What is answered of an Action; the values of its secrets never are.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::tenant::{Action, Draft, Secret, Version};

#[derive(Serialize)]
pub(super) struct ActionBody<'a> {
    id: &'a str,
    name: &'a str,
    supported_triggers: &'a [Value],
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    code: &'a str,
    dependencies: &'a [Value],
    runtime: &'a str,
    status: &'static str,
    secrets: Vec<SecretBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<CurrentVersion<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployed_version: Option<VersionBody<'a>>,
    all_changes_deployed: bool,
}

#[derive(Serialize)]
struct SecretBody<'a> {
    name: &'a str,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct CurrentVersion<'a> {
    id: &'a str,
    code: &'a str,
    runtime: &'a str,
    status: &'static str,
    number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_time: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub(super) struct VersionBody<'a> {
    code: &'a str,
    dependencies: &'a [Value],
    id: &'a str,
    deployed: bool,
    number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    built_at: Option<DateTime<Utc>>,
    secrets: Vec<SecretBody<'a>>,
    status: &'static str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    runtime: &'a str,
    supported_triggers: &'a [Value],
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<OfAction<'a>>,
}

#[derive(Serialize)]
struct OfAction<'a> {
    id: &'a str,
    name: &'a str,
    supported_triggers: &'a [Value],
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    all_changes_deployed: bool,
}

impl<'a> ActionBody<'a> {
    pub(super) fn of(action: &'a Action) -> Self {
        Self::with_status(action, "built")
    }

    /// Auth0 builds after it has answered; here that takes no time.
    pub(super) fn pending(action: &'a Action) -> Self {
        Self::with_status(action, "pending")
    }

    fn with_status(action: &'a Action, status: &'static str) -> Self {
        let Draft {
            code,
            runtime,
            dependencies,
            secrets,
        } = &action.draft;
        Self {
            id: &action.id,
            name: &action.name,
            supported_triggers: &action.supported_triggers,
            created_at: action.created_at,
            updated_at: action.updated_at,
            code,
            dependencies,
            runtime,
            status,
            secrets: named(secrets),
            current_version: action.deployed().map(|version| CurrentVersion {
                id: &version.id,
                code: &version.draft.code,
                runtime: &version.draft.runtime,
                status: if status == "built" {
                    "BUILT"
                } else {
                    "PENDING"
                },
                number: version.number,
                build_time: (status == "built").then_some(version.created_at),
                created_at: version.created_at,
                updated_at: version.created_at,
            }),
            deployed_version: action
                .deployed()
                .map(|version| VersionBody::of(action, version, true, status)),
            all_changes_deployed: action.all_changes_deployed(),
        }
    }
}

impl<'a> VersionBody<'a> {
    fn of(action: &'a Action, version: &'a Version, deployed: bool, status: &'static str) -> Self {
        Self {
            code: &version.draft.code,
            dependencies: &version.draft.dependencies,
            id: &version.id,
            deployed,
            number: version.number,
            built_at: (deployed && status == "built").then_some(version.created_at),
            secrets: named(&version.draft.secrets),
            status,
            created_at: version.created_at,
            updated_at: version.created_at,
            runtime: &version.draft.runtime,
            supported_triggers: &action.supported_triggers,
            action: None,
        }
    }

    /// The answer to a deployment, which is not over yet.
    pub(super) fn deployed(action: &'a Action) -> Option<Self> {
        let version = action.deployed()?;
        Some(Self {
            action: Some(OfAction {
                id: &action.id,
                name: &action.name,
                supported_triggers: &action.supported_triggers,
                created_at: action.created_at,
                updated_at: action.created_at,
                all_changes_deployed: false,
            }),
            ..Self::of(action, version, false, "built")
        })
    }
}

fn named<'a>(secrets: &'a [Secret]) -> Vec<SecretBody<'a>> {
    let body = |secret: &'a Secret| SecretBody {
        name: &secret.name,
        updated_at: secret.updated_at,
    };
    secrets.iter().map(body).collect()
}
