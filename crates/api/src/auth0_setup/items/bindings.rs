//! Our Actions at the login: bound in their order, beside those of others.

use management::BoundAction;
use serde_json::Value;

use super::super::found::{Found, text};
use super::super::repair::Repair;
use super::actions::OURS;
use super::{Item, State, TRIGGER};

/// As many as Auth0 takes at one trigger.
const MOST_BOUND: usize = 20;

pub(super) fn item(found: &Found) -> Item {
    let what = format!("Actions at {TRIGGER}, in order");
    let is_theirs = |binding: &&Value| {
        let id = text(&binding["action"], "id");
        !OURS.iter().any(|one| {
            found
                .action(one.name)
                .is_some_and(|ours| text(ours, "id") == id)
        })
    };
    let all = found.bindings.iter().filter(is_theirs).count() + OURS.len();
    if all > MOST_BOUND {
        let why = format!(
            "Auth0 takes {MOST_BOUND} and these would be {all}; unbind {} that are not ours at Auth0, Actions, \
             Triggers, {TRIGGER}, and run apply again: until then no login has our claims",
            all - MOST_BOUND
        );
        return Item::new(what, State::Wrong(why));
    }
    let mut ours = Vec::new();
    for one in &OURS {
        match found.action(one.name) {
            Some(action) if action.get("deployed_version").is_some() => ours.push(BoundAction {
                id: text(action, "id").to_owned(),
                display_name: one.name.to_owned(),
            }),
            _ => {
                let wait = State::Waits(format!("deployment of Action {}", one.name));
                return Item::new(what, wait);
            }
        }
    }
    let now: Vec<BoundAction> = found
        .bindings
        .iter()
        .map(|binding| BoundAction {
            id: text(&binding["action"], "id").to_owned(),
            display_name: text(binding, "display_name").to_owned(),
        })
        .collect();
    let is_ours = |bound: &BoundAction| ours.iter().any(|one| one.id == bound.id);
    let bound = now.iter().filter(|bound| is_ours(bound));
    if bound
        .map(|bound| &bound.id)
        .eq(ours.iter().map(|one| &one.id))
    {
        return Item::new(what, State::Right);
    }
    // Together, where the first of them was; what others bound keeps its order.
    let place = now.iter().position(is_ours).unwrap_or(now.len());
    let (before, after) = now.split_at(place);
    let others = after.iter().filter(|bound| !is_ours(bound));
    let wanted = before.iter().chain(&ours).chain(others).cloned().collect();
    Item::new(what, State::Missing(Repair::Bind(wanted)))
}
