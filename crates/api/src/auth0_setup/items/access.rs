//! Who may do what: our API and its permissions, the roles that hold them, and what our machines are granted.

use domain::{Permission, Role};
use management::Collection;
use serde_json::{Value, json};

use super::super::document;
use super::super::found::{App, Found, text};
use super::super::repair::Repair;
use super::super::scopes;
use super::super::target::Target;
use super::{Item, State, surplus};

/// Not of people: `routes::platform`.
const PLATFORM_ADMIN: &str = "platform:admin";
/// Seconds; a token of somebody removed is refused by us at once, and elsewhere after this.
const TOKEN_LIFETIME: u32 = 600;

pub(super) fn items(found: &Found, target: &Target) -> Vec<Item> {
    let mut items = vec![api(found, target)];
    for role in Role::ALL {
        items.push(role_item(*role, found));
        items.extend(permissions(*role, found, target));
    }
    for (app, audience, scope) in granted(target) {
        items.push(grant(app, &audience, &scope, found, target));
    }
    items.extend(surplus::items(found, target));
    items
}

/// What each of our machines may do, and where.
pub(super) fn granted(target: &Target) -> [(App, String, Vec<&'static str>); 4] {
    let management = target.management_audience();
    let provisioning = scopes::PROVISIONING.to_vec();
    let actions = scopes::ACTIONS.to_vec();
    [
        (App::Backend, management.clone(), scopes::worker()),
        (App::Provisioning, management.clone(), provisioning),
        (App::Actions, management, actions),
        (
            App::BackOffice,
            target.audience.clone(),
            vec![PLATFORM_ADMIN],
        ),
    ]
}

pub(super) fn apis(target: &Target) -> Value {
    let mut api = api_document(target);
    api["identifier"] = json!(target.audience);
    json!([api])
}

/// With their permissions at our API.
pub(super) fn roles(target: &Target) -> Value {
    let role = |role: &Role| {
        let permissions = role.permissions().iter().map(|permission| {
            json!({
                "resource_server_identifier": target.audience,
                "permission_name": permission.as_str(),
            })
        });
        let mut document = role_document(*role);
        document["permissions"] = permissions.collect();
        document
    };
    Role::ALL.iter().map(role).collect()
}

/// By the applications' names, which are what somebody knows before they are made.
pub(super) fn grants(target: &Target) -> Value {
    let grants = granted(target).into_iter();
    grants
        .map(|(app, audience, scope)| {
            json!({ "client_id": app.name(target), "audience": audience, "scope": scope })
        })
        .collect()
}

fn role_document(role: Role) -> Value {
    json!({ "name": role.as_str(), "description": role.display_name() })
}

/// All of it but the identifier, which can never be changed.
fn api_document(target: &Target) -> Value {
    let people = Permission::ALL.iter().map(|one| one.as_str());
    let scopes = people.chain([PLATFORM_ADMIN]);
    let scopes: Vec<Value> = scopes
        .map(|scope| json!({ "value": scope, "description": scope }))
        .collect();
    json!({
        "name": target.service_name.as_ref(),
        "scopes": scopes,
        "signing_alg": "RS256",
        "token_dialect": "rfc9068_profile_authz",
        "enforce_policies": true,
        "token_lifetime": TOKEN_LIFETIME,
        "allow_offline_access": true,
        // The console is ours: nobody is asked whether it may, which a silent login could not answer either.
        "skip_consent_for_verifiable_first_party_clients": true,
    })
}

/// Who may have a token at all. A tenant begins so, and older ones do not know of it.
fn api_policies() -> Value {
    json!({ "subject_type_authorization": {
        "user": { "policy": "allow_all" }, "client": { "policy": "require_client_grant" },
    } })
}

fn api(found: &Found, target: &Target) -> Item {
    let mut want = api_document(target);
    let mut apis = found.apis.iter();
    let have = apis.find(|known| text(known, "identifier") == target.audience);
    match have {
        None => want["identifier"] = json!(target.audience),
        Some(have) => document::extend(&mut want, document::where_shown(have, &api_policies())),
    }
    let what = format!("API {}", target.audience);
    Item::of_document(what, Collection::Apis, have, &want, &[])
}

fn role_item(role: Role, found: &Found) -> Item {
    let name = role.as_str();
    let mut roles = found.roles.iter();
    let have = roles.find(|known| text(known, "name") == name);
    let want = role_document(role);
    Item::of_document(format!("role {name}"), Collection::Roles, have, &want, &[])
}

/// What it lacks and what it should not have at our API; permissions at other APIs are not ours.
fn permissions(role: Role, found: &Found, target: &Target) -> Vec<Item> {
    let what = format!("permissions of role {}", role.as_str());
    let is_api = |known: &Value| text(known, "identifier") == target.audience;
    let Some(id) = found.role_id(role) else {
        let state = State::Waits(format!("role {}", role.as_str()));
        return vec![Item::new(what, state)];
    };
    if !found.apis.iter().any(is_api) {
        let state = State::Waits(format!("API {}", target.audience));
        return vec![Item::new(what, state)];
    }
    let held: Vec<&str> = found
        .permissions
        .get(id)
        .into_iter()
        .flatten()
        .filter(|held| held.resource_server_identifier == target.audience)
        .map(|held| held.permission_name.as_str())
        .collect();
    let wanted: Vec<&'static str> = role.permissions().iter().map(|one| one.as_str()).collect();
    let lacks: Vec<_> = wanted
        .iter()
        .copied()
        .filter(|one| !held.contains(one))
        .collect();
    let surplus: Vec<String> = held
        .iter()
        .filter(|one| !wanted.contains(*one))
        .map(|one| (*one).to_owned())
        .collect();
    let (role, api) = (id.to_owned(), target.audience.clone());
    let mut items = Vec::new();
    if !surplus.is_empty() {
        let surplus_of = format!("{what}, to be taken away: {}", surplus.join(" "));
        items.push(Item::new(
            surplus_of,
            State::Missing(Repair::RemovePermissions {
                role: role.clone(),
                api: api.clone(),
                names: surplus,
            }),
        ));
    }
    items.push(if lacks.is_empty() {
        Item::new(what, State::Right)
    } else {
        let lacking = format!("{what}: {}", lacks.join(" "));
        let names = lacks;
        Item::new(
            lacking,
            State::Missing(Repair::AddPermissions { role, api, names }),
        )
    });
    items
}

fn grant(app: App, audience: &str, scope: &[&str], found: &Found, target: &Target) -> Item {
    let what = format!("{} at {audience}", app.name(target));
    let Some(client_id) = found.client_id(app, target) else {
        let state = State::Waits(format!("application {}", app.name(target)));
        return Item::new(what, state);
    };
    let is_api = |known: &Value| text(known, "identifier") == audience;
    if !found.apis.iter().any(is_api) {
        return Item::new(what, State::Waits(format!("API {audience}")));
    }
    let mut grants = found.grants.iter();
    let have = grants.find(|known| {
        text(known, "client_id") == client_id
            && text(known, "audience") == audience
            && !surplus::is_of_people(known)
    });
    let want = match have {
        Some(_) => json!({ "scope": scope }),
        None => json!({ "client_id": client_id, "audience": audience, "scope": scope }),
    };
    // Exactly what our code calls, and nothing more.
    Item::of_document(what, Collection::ClientGrants, have, &want, &["scope"])
}
