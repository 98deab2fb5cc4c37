//! Which Actions run at a trigger, in which order: replaced as a whole.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::body::ActionBody;
use super::{find, runs_at};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::query::Query;
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::schema::{Kind, Schema, TEXT};
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::{Action, Binding, Tenant};

const REFERENCE: Schema = Schema {
    required: &["type", "value"],
    properties: &[
        (
            "type",
            Kind::OneOf(&["binding_id", "action_id", "action_name"]),
        ),
        ("value", TEXT),
    ],
    open: false,
};
const BINDING: Schema = Schema {
    required: &["ref"],
    properties: &[
        ("ref", Kind::Object(&REFERENCE)),
        ("display_name", TEXT),
        ("secrets", Kind::Anything),
    ],
    open: false,
};
const REPLACE: Schema = Schema {
    required: &["bindings"],
    // Auth0 takes 20 Actions in a trigger.
    properties: &[("bindings", Kind::List(&Kind::Object(&BINDING), 0, 20))],
    open: false,
};

#[derive(Deserialize)]
struct Replace {
    bindings: Vec<New>,
}

#[derive(Deserialize)]
struct New {
    #[serde(rename = "ref")]
    reference: Reference,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(path("/actions/triggers").route(guard(&["read:actions"], web::get().to(triggers))))
        .service(
            path("/actions/triggers/{trigger}/bindings")
                .route(guard(&["read:actions"], web::get().to(list)))
                .route(guard(&["update:actions"], web::patch().to(replace))),
        );
}

/// Only Actions of the first run here; the others can be written and bound.
async fn triggers(query: Query) -> Answer {
    query.only(&[])?;
    let current = |(id, version): (&str, &str)| {
        json!({
            "id": id, "version": version, "status": "CURRENT", "runtimes": ["node18", "node22"],
            "default_runtime": "node22", "compatible_triggers": [],
        })
    };
    let triggers = [
        ("post-login", "v3"),
        ("credentials-exchange", "v2"),
        ("pre-user-registration", "v2"),
        ("post-user-registration", "v2"),
        ("post-change-password", "v2"),
        ("send-phone-message", "v2"),
    ];
    let triggers: Vec<_> = triggers.into_iter().map(current).collect();
    Ok(HttpResponse::Ok().json(json!({ "triggers": triggers })))
}

async fn list(state: web::Data<State>, trigger: web::Path<String>, query: Query) -> Answer {
    query.only(&[&["page", "per_page"]])?;
    let page = query.number("page", 0, usize::MAX)?.unwrap_or(0);
    let per_page = query.number("per_page", 1, 100)?.unwrap_or(20);
    state.read(|tenant| {
        let bindings = bodies(tenant, &trigger);
        let total = bindings.len();
        let start = page.saturating_mul(per_page);
        let bindings: Vec<_> = bindings.into_iter().skip(start).take(per_page).collect();
        Ok(HttpResponse::Ok().json(json!({
            "bindings": bindings, "total": total, "page": page, "per_page": per_page,
        })))
    })
}

async fn replace(state: web::Data<State>, trigger: web::Path<String>, body: web::Bytes) -> Answer {
    let wanted: Replace = payload::parse(&body, &REPLACE)?;
    let now = state.clock().now();
    state.write(|tenant| {
        let old = tenant.bindings.get(&*trigger).cloned().unwrap_or_default();
        let mut bindings = Vec::new();
        for new in wanted.bindings {
            let action = refer(tenant, &old, &new.reference)?;
            if !runs_at(action, &trigger) || action.deployed().is_none() {
                let says = "An action must be deployed and support the trigger to be bound to it.";
                return Err(Refusal::body(says));
            }
            let known = old.iter().find(|known| known.action_id == action.id);
            bindings.push(Binding {
                id: known.map_or_else(|| Uuid::new_v4().to_string(), |known| known.id.clone()),
                action_id: action.id.clone(),
                display_name: new.display_name.unwrap_or_else(|| action.name.clone()),
                created_at: known.map_or(now, |known| known.created_at),
            });
        }
        tenant.bindings.insert(trigger.to_string(), bindings);
        Ok(HttpResponse::Ok().json(json!({ "bindings": bodies(tenant, &trigger) })))
    })
}

fn refer<'a>(
    tenant: &'a Tenant,
    old: &[Binding],
    reference: &Reference,
) -> Result<&'a Action, Refusal> {
    let Reference { kind, value } = reference;
    if kind == "action_name" {
        let mut actions = tenant.actions.values();
        let named = actions.find(|action| action.name == *value);
        return named.ok_or_else(|| Refusal::missing(Missing::Action));
    }
    let bound = old.iter().find(|known| known.id == *value);
    match bound.filter(|_| kind == "binding_id") {
        Some(bound) => find(tenant, &bound.action_id),
        None => find(tenant, value),
    }
}

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    trigger_id: &'a str,
    display_name: &'a str,
    action: ActionBody<'a>,
    created_at: chrono::DateTime<chrono::Utc>,
    updated_at: chrono::DateTime<chrono::Utc>,
}

fn bodies<'a>(tenant: &'a Tenant, trigger: &'a str) -> Vec<Body<'a>> {
    let bindings = tenant.bindings.get(trigger).into_iter().flatten();
    let body = |binding: &'a Binding| {
        Some(Body {
            id: &binding.id,
            trigger_id: trigger,
            display_name: &binding.display_name,
            action: ActionBody::of(tenant.actions.get(&binding.action_id)?),
            created_at: binding.created_at,
            updated_at: binding.created_at,
        })
    };
    bindings.filter_map(body).collect()
}
