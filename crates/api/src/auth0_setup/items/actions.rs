//! Our Actions: written and deployed.

use domain::Role;
use management::Collection;
use serde_json::{Value, json};

use super::super::document::changes;
use super::super::fingerprint::Fingerprints;
use super::super::found::{App, Found, text};
use super::super::repair::Repair;
use super::super::target::Target;
use super::{Item, State, TRIGGER, bindings};

const RUNTIME: &str = "node22";
/// Before the fingerprint of the others: the name of a secret is shown.
const MADE_WITH: &str = "MADE_WITH_";

pub(super) struct Ours {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    /// Packages that it requires, with their versions.
    packages: &'static [(&'static str, &'static str)],
    secrets: &'static [&'static str],
}

/// In the order in which they run: see `actions/README.md`.
pub(super) const OURS: [Ours; 6] = [
    Ours {
        name: "manage-subscription",
        code: include_str!("../../../../../actions/manage-subscription/action.js"),
        packages: &[],
        secrets: &["TRIAL_DAYS"],
    },
    Ours {
        name: "default-member-role",
        code: include_str!("../../../../../actions/default-member-role/action.js"),
        packages: &[("auth0", "4.37.0")],
        secrets: &["DOMAIN", "CLIENT_ID", "CLIENT_SECRET", "MEMBER_ROLE_ID"],
    },
    Ours {
        name: "organization-claims",
        code: include_str!("../../../../../actions/organization-claims/action.js"),
        packages: &[],
        secrets: &["CLAIMS_NAMESPACE"],
    },
    Ours {
        name: "mfa-policy",
        code: include_str!("../../../../../actions/mfa-policy/action.js"),
        packages: &[],
        secrets: &[],
    },
    Ours {
        name: "sso-policy",
        code: include_str!("../../../../../actions/sso-policy/action.js"),
        packages: &[],
        secrets: &["CLAIMS_NAMESPACE"],
    },
    Ours {
        name: "login-proof",
        code: include_str!("../../../../../actions/login-proof/action.js"),
        packages: &[],
        secrets: &["CLAIMS_NAMESPACE"],
    },
];

impl Ours {
    fn dependencies(&self) -> Value {
        let packages = self.packages.iter();
        packages
            .map(|(name, version)| json!({ "name": name, "version": version }))
            .collect()
    }

    /// As the Deploy CLI takes it, which finds the code in `file`. What only the tenant can know is a keyword.
    pub(super) fn exported(&self, file: &str, target: &Target) -> Value {
        let secrets = self.secrets.iter().map(|name| {
            let value = secret(name, &Found::default(), target);
            json!({ "name": name, "value": value.unwrap_or_else(|_| keyword(name)) })
        });
        json!({
            "name": self.name,
            "code": file,
            "runtime": RUNTIME,
            "dependencies": self.dependencies(),
            "supported_triggers": supported_triggers(),
            "secrets": secrets.collect::<Value>(),
            "deployed": true,
        })
    }
}

fn supported_triggers() -> Value {
    json!([{ "id": TRIGGER, "version": "v3" }])
}

fn keyword(secret: &str) -> String {
    format!("##AUTH0_ACTIONS_{secret}##")
}

pub(super) fn items(found: &Found, target: &Target, renew_secrets: bool) -> Vec<Item> {
    let mut items = Vec::new();
    for ours in &OURS {
        items.push(written(ours, found, target, renew_secrets));
        items.push(deployed(ours, found));
    }
    items.push(bindings::item(found));
    items
}

fn written(ours: &Ours, found: &Found, target: &Target, renew_secrets: bool) -> Item {
    let what = format!("Action {}", ours.name);
    let secrets = match secrets(ours, found, target) {
        Ok(secrets) => json!(secrets),
        Err(wait) => return Item::new(what, State::Waits(wait)),
    };
    let have = found.action(ours.name);
    let mut want = json!({
        "code": ours.code,
        "runtime": RUNTIME,
        "dependencies": ours.dependencies(),
    });
    let Some(have) = have else {
        want["name"] = json!(ours.name);
        want["supported_triggers"] = supported_triggers();
        want["secrets"] = secrets;
        return Item::of_document(what, Collection::Actions, None, &want, &[]);
    };
    let mut have = have.clone();
    have["dependencies"] = plain_packages(&have["dependencies"]);
    if renew_secrets {
        have["secrets"] = Value::Null;
    }
    if !is_made_with(&have, &secrets) {
        want["secrets"] = secrets.clone();
    }
    let id = text(&have, "id").to_owned();
    let state = State::of_changes(
        changes(&have, &want, &["dependencies", "secrets"]),
        |mut changes| {
            changes["secrets"] = secrets;
            Repair::Change(Collection::Actions, id, changes)
        },
    );
    Item::new(what, state)
}

/// As they are written, their fingerprint among them.
fn secrets(ours: &Ours, found: &Found, target: &Target) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    for name in ours.secrets {
        values.push(secret(name, found, target)?);
    }
    let named = ours.secrets.iter().zip(&values);
    let named = named.map(|(name, value)| json!({ "name": name, "value": value }));
    let mut secrets: Vec<Value> = named.collect();
    if !secrets.is_empty() {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let made_with = Fingerprints::of_tenant(found, target)?.of(ours.name, &values);
        secrets.push(json!({ "name": format!("{MADE_WITH}{made_with}"), "value": made_with }));
    }
    Ok(secrets)
}

fn secret(name: &str, found: &Found, target: &Target) -> Result<String, String> {
    let app = App::Actions;
    let after_app = || format!("application {}", app.name(target));
    let value = match name {
        "TRIAL_DAYS" => Some(target.trial_days.to_string()),
        "CLAIMS_NAMESPACE" => Some(target.claims_namespace.clone()),
        "DOMAIN" => Some(target.actions_domain()),
        "CLIENT_ID" => found.client_id(app, target).map(str::to_owned),
        "CLIENT_SECRET" => found.client_secret(app, target).map(str::to_owned),
        "MEMBER_ROLE_ID" => {
            let id = found.role_id(Role::OrgMember).map(str::to_owned);
            return id.ok_or_else(|| format!("role {}", Role::OrgMember.as_str()));
        }
        _ => None,
    };
    value.ok_or_else(after_app)
}

/// Auth0 adds where a package comes from.
fn plain_packages(have: &Value) -> Value {
    let packages = have.as_array().into_iter().flatten();
    packages
        .map(|one| json!({ "name": one["name"], "version": one["version"] }))
        .collect()
}

/// What another tool wrote has no fingerprint, so that which ones there are is all that can be compared.
fn is_made_with(have: &Value, wanted: &Value) -> bool {
    let have = names(have.get("secrets"));
    let is_fingerprint = |name: &&str| name.starts_with(MADE_WITH);
    let knows_none = !have.iter().any(is_fingerprint);
    let wanted = names(Some(wanted));
    let is_there = |name: &&str| have.contains(name) || (knows_none && is_fingerprint(name));
    wanted.iter().all(is_there)
}

fn names(secrets: Option<&Value>) -> Vec<&str> {
    let secrets = secrets.and_then(Value::as_array).into_iter().flatten();
    secrets.map(|one| text(one, "name")).collect()
}

fn deployed(ours: &Ours, found: &Found) -> Item {
    let what = format!("deployment of Action {}", ours.name);
    let Some(action) = found.action(ours.name) else {
        return Item::new(what, State::Waits(format!("Action {}", ours.name)));
    };
    let state = if action["all_changes_deployed"] == true {
        State::Right
    } else {
        match text(action, "status") {
            "pending" | "building" | "packaged" | "retrying" => State::Builds,
            "failed" => State::Wrong("Auth0 could not build it; its dashboard says why".into()),
            _ => State::Missing(Repair::Deploy(text(action, "id").to_owned())),
        }
    };
    Item::new(what, state)
}
