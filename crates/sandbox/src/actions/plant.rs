//! The product's own Actions in a tenant that came with them: deployed, bound in their order, and as their files are now.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::Engine;
use super::load::Source;
use crate::tenant::{Action, Binding, Draft, POST_LOGIN, Tenant};

/// Planting again follows the files, and leaves alone what was changed or bound over the Management API.
pub(crate) fn plant(tenant: &mut Tenant, engine: &Engine, now: DateTime<Utc>) {
    if tenant.is_bare {
        return;
    }
    let known = |action: &Action| {
        let mut sources = engine.sources.iter();
        !action.is_planted || sources.any(|source| source.name == action.name)
    };
    tenant.actions.retain(|_, action| known(action));
    for source in &engine.sources {
        let mut actions = tenant.actions.values_mut();
        match actions.find(|action| action.name == source.name) {
            Some(action) if action.is_planted => follow(action, source, now),
            Some(_) => {}
            None => add(tenant, source, now),
        }
    }
    let Tenant {
        actions, bindings, ..
    } = tenant;
    let bound = bindings.entry(POST_LOGIN.to_owned()).or_default();
    bound.retain(|binding| actions.contains_key(&binding.action_id));
    if bound
        .iter()
        .all(|binding| actions[&binding.action_id].is_planted)
    {
        let place = |binding: &Binding| {
            let name = &actions[&binding.action_id].name;
            engine
                .sources
                .iter()
                .position(|source| source.name == *name)
        };
        bound.sort_by_key(place);
    }
}

fn follow(action: &mut Action, source: &Source, now: DateTime<Utc>) {
    if action.draft.code != source.code {
        action.draft = draft(source);
        action.updated_at = now;
        action.versions.clear();
        action.deploy(Uuid::new_v4().to_string(), draft(source), now);
    }
}

fn add(tenant: &mut Tenant, source: &Source, now: DateTime<Utc>) {
    let mut action = Action {
        id: Uuid::new_v4().to_string(),
        name: source.name.clone(),
        supported_triggers: vec![json!({ "id": POST_LOGIN, "version": "v3" })],
        draft: draft(source),
        versions: Vec::new(),
        created_at: now,
        updated_at: now,
        is_planted: true,
    };
    action.deploy(Uuid::new_v4().to_string(), draft(source), now);
    let binding = Binding {
        id: Uuid::new_v4().to_string(),
        action_id: action.id.clone(),
        display_name: action.name.clone(),
        created_at: now,
    };
    let bindings = tenant.bindings.entry(POST_LOGIN.to_owned()).or_default();
    bindings.push(binding);
    tenant.actions.insert(action.id.clone(), action);
}

fn draft(source: &Source) -> Draft {
    Draft {
        code: source.code.clone(),
        runtime: "node22".to_owned(),
        dependencies: Vec::new(),
        secrets: Vec::new(),
    }
}
