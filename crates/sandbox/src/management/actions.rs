//! `/actions/actions`: Actions as API objects, and `/actions/triggers/{id}/bindings`: their order.

mod bindings;
mod body;

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::call::guarded;
use super::query::Query;
use super::refusal::{Answer, Missing, Refusal};
use super::schema::{Kind, Schema, TEXT};
use super::{path, payload};
use crate::actions::default_secrets;
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::{Action, Draft, Secret, Tenant};
use body::{ActionBody, VersionBody};

/// Auth0 takes no more source than this, in bytes.
const LONGEST_CODE: usize = 100_000;
const DEFAULT_RUNTIME: &str = "node22";

const TRIGGER: Schema = Schema {
    required: &["id"],
    properties: &[("id", TEXT), ("version", TEXT)],
    open: true,
};
const DEPENDENCY: Schema = Schema {
    required: &[],
    properties: &[("name", TEXT), ("version", TEXT), ("registry_url", TEXT)],
    open: true,
};
const SECRET: Schema = Schema {
    required: &["name"],
    properties: &[
        ("name", Kind::Text(1, 128)),
        ("value", Kind::Text(0, 4_096)),
        ("updated_at", TEXT),
    ],
    open: false,
};
const TRIGGERS: Kind = Kind::List(&Kind::Object(&TRIGGER), 1, 1);
const DEPENDENCIES: Kind = Kind::List(&Kind::Object(&DEPENDENCY), 0, 10);
const SECRETS: Kind = Kind::List(&Kind::Object(&SECRET), 0, 30);
const NEW: Schema = Schema {
    required: &["name", "supported_triggers"],
    properties: &[
        ("name", Kind::Text(1, usize::MAX)),
        ("supported_triggers", TRIGGERS),
        ("code", Kind::Text(0, LONGEST_CODE)),
        ("dependencies", DEPENDENCIES),
        ("runtime", TEXT),
        ("secrets", SECRETS),
        ("deploy", Kind::Boolean),
    ],
    open: false,
};
const CHANGE: Schema = Schema {
    required: &[],
    properties: &[
        ("name", Kind::Text(1, usize::MAX)),
        ("supported_triggers", TRIGGERS),
        ("code", Kind::Text(0, LONGEST_CODE)),
        ("dependencies", DEPENDENCIES),
        ("runtime", TEXT),
        ("secrets", SECRETS),
    ],
    open: false,
};

#[derive(Deserialize)]
struct Change {
    name: Option<String>,
    supported_triggers: Option<Vec<Value>>,
    code: Option<String>,
    dependencies: Option<Vec<Value>>,
    runtime: Option<String>,
    secrets: Option<Vec<NewSecret>>,
    #[serde(default)]
    deploy: bool,
}

/// Without a value, the one of this name that there is stays.
#[derive(Deserialize)]
struct NewSecret {
    name: String,
    value: Option<String>,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(
        path("/actions/actions")
            .route(guard(&["read:actions"], web::get().to(list)))
            .route(guard(&["create:actions"], web::post().to(create))),
    )
    .service(
        path("/actions/actions/{id}")
            .route(guard(&["read:actions"], web::get().to(show)))
            .route(guard(&["update:actions"], web::patch().to(change)))
            .route(guard(&["delete:actions"], web::delete().to(remove))),
    )
    .service(
        path("/actions/actions/{id}/deploy")
            .route(guard(&["create:actions"], web::post().to(deploy))),
    )
    .service(
        path("/actions/actions/{id}/versions/{version}/deploy")
            .route(guard(&["create:actions"], web::post().to(deploy_version))),
    )
    .configure(bindings::routes);
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[&[
        "triggerId",
        "actionName",
        "deployed",
        "page",
        "per_page",
        "installed",
    ]])?;
    let page = query.number("page", 0, usize::MAX)?.unwrap_or(0);
    let per_page = query.number("per_page", 1, 100)?.unwrap_or(50);
    let deployed = query.flag("deployed")?;
    state.read(|tenant| {
        let wanted = |action: &&Action| {
            query
                .text("actionName")
                .is_none_or(|name| name == action.name)
                && query.text("triggerId").is_none_or(|id| runs_at(action, id))
                && deployed.is_none_or(|wanted| wanted == action.deployed().is_some())
        };
        let mut found: Vec<_> = tenant.actions.values().filter(wanted).collect();
        found.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        let total = found.len();
        let shown = found
            .into_iter()
            .skip(page.saturating_mul(per_page))
            .take(per_page);
        let actions: Vec<_> = shown.map(ActionBody::of).collect();
        Ok(HttpResponse::Ok().json(serde_json::json!({
            "actions": actions, "total": total, "page": page, "per_page": per_page,
        })))
    })
}

fn runs_at(action: &Action, trigger: &str) -> bool {
    let mut triggers = action.supported_triggers.iter();
    triggers.any(|known| known["id"] == trigger)
}

async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let new: Change = payload::parse(&body, &NEW)?;
    let now = state.clock().now();
    let mut action = Action {
        id: Uuid::new_v4().to_string(),
        name: String::new(),
        supported_triggers: Vec::new(),
        draft: Draft {
            code: String::new(),
            runtime: DEFAULT_RUNTIME.to_owned(),
            dependencies: Vec::new(),
            secrets: Vec::new(),
        },
        versions: Vec::new(),
        created_at: now,
        updated_at: now,
        is_planted: false,
    };
    let deploy = new.deploy;
    new.apply(&mut action, now);
    if deploy {
        action.deploy(Uuid::new_v4().to_string(), action.draft.clone(), now);
    }
    state.write(|tenant| {
        if tenant
            .actions
            .values()
            .any(|known| known.name == action.name)
        {
            let says = format!(
                "An action with the name \"{}\" already exists.",
                action.name
            );
            return Err(Refusal::conflict(None, says));
        }
        let answer = HttpResponse::Created().json(ActionBody::pending(&action));
        tenant.actions.insert(action.id.clone(), action);
        Ok(answer)
    })
}

impl Change {
    fn apply(self, action: &mut Action, now: DateTime<Utc>) {
        let draft = &mut action.draft;
        draft.code = self.code.unwrap_or(std::mem::take(&mut draft.code));
        draft.runtime = self.runtime.unwrap_or(std::mem::take(&mut draft.runtime));
        draft.dependencies = self
            .dependencies
            .unwrap_or(std::mem::take(&mut draft.dependencies));
        if let Some(secrets) = self.secrets {
            let old = std::mem::take(&mut draft.secrets);
            let kept = |name: &str| old.iter().find(|known| known.name == name);
            let secret = |new: NewSecret| match (new.value, kept(&new.name)) {
                (None, Some(kept)) => kept.clone(),
                (value, _) => Secret {
                    name: new.name,
                    value: value.unwrap_or_default(),
                    updated_at: now,
                },
            };
            draft.secrets = secrets.into_iter().map(secret).collect();
        }
        action.name = self.name.unwrap_or(std::mem::take(&mut action.name));
        action.supported_triggers = self
            .supported_triggers
            .unwrap_or(std::mem::take(&mut action.supported_triggers));
        action.updated_at = now;
    }
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| Ok(HttpResponse::Ok().json(ActionBody::of(find(tenant, &id)?))))
}

/// A planted Action is the caller's own from the first change on.
async fn change(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let change: Change = payload::parse(&body, &CHANGE)?;
    let now = state.clock().now();
    let secrets = default_secrets(&state);
    state.write(|tenant| {
        let action = find_mut(tenant, &id)?;
        if std::mem::take(&mut action.is_planted) {
            let secret = |(name, value): (&String, &Value)| Secret {
                name: name.clone(),
                value: value.as_str().unwrap_or_default().to_owned(),
                updated_at: now,
            };
            action.draft.secrets = secrets.iter().map(secret).collect();
        }
        change.apply(action, now);
        Ok(HttpResponse::Ok().json(ActionBody::pending(action)))
    })
}

/// One that is bound is deleted by force only.
async fn remove(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[&["force"]])?;
    let force = query.flag("force")?.unwrap_or(false);
    state.write(|tenant| {
        find(tenant, &id)?;
        let mut bindings = tenant.bindings.values().flatten();
        if !force && bindings.any(|binding| binding.action_id == *id) {
            let says = "This action is bound to a trigger and cannot be deleted.";
            return Err(Refusal::conflict(None, says));
        }
        for bindings in tenant.bindings.values_mut() {
            bindings.retain(|binding| binding.action_id != *id);
        }
        tenant.actions.remove(&*id);
        Ok(HttpResponse::NoContent().finish())
    })
}

async fn deploy(state: web::Data<State>, id: web::Path<String>) -> Answer {
    let now = state.clock().now();
    state.write(|tenant| {
        let action = find_mut(tenant, &id)?;
        let draft = action.draft.clone();
        action.deploy(Uuid::new_v4().to_string(), draft, now);
        Ok(HttpResponse::Ok().json(VersionBody::deployed(action)))
    })
}

async fn deploy_version(state: web::Data<State>, path: web::Path<(String, String)>) -> Answer {
    let (id, version) = path.into_inner();
    let now = state.clock().now();
    state.write(|tenant| {
        let action = find_mut(tenant, &id)?;
        let known = action.versions.iter().find(|known| known.id == version);
        let draft = known
            .ok_or_else(|| Refusal::missing(Missing::ActionVersion))?
            .draft
            .clone();
        action.deploy(Uuid::new_v4().to_string(), draft, now);
        Ok(HttpResponse::Ok().json(VersionBody::deployed(action)))
    })
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a Action, Refusal> {
    let found = tenant.actions.get(id);
    found.ok_or_else(|| Refusal::missing(Missing::Action))
}

fn find_mut<'a>(tenant: &'a mut Tenant, id: &str) -> Result<&'a mut Action, Refusal> {
    let found = tenant.actions.get_mut(id);
    found.ok_or_else(|| Refusal::missing(Missing::Action))
}
