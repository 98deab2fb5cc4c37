//! What our applications may do beyond what they need. It may be somebody's on purpose, so it is said and stays.

use serde_json::Value;

use super::super::found::{App, Found, text};
use super::super::target::Target;
use super::{Item, State, access};

pub(super) fn items(found: &Found, target: &Target) -> Vec<Item> {
    let apps = App::ALL.iter();
    apps.flat_map(|app| of_app(*app, found, target)).collect()
}

fn of_app(app: App, found: &Found, target: &Target) -> Vec<Item> {
    let Some(client_id) = found.client_id(app, target) else {
        return Vec::new();
    };
    let granted = access::granted(target);
    let needs = |grant: &Value| {
        let audience = text(grant, "audience");
        match is_of_people(grant) {
            // What people may do at our API says their role.
            true => app == App::Console && audience == target.audience,
            false => granted
                .iter()
                .any(|(whose, at, _)| *whose == app && at == audience),
        }
    };
    let grants = found.grants.iter();
    let surplus = grants.filter(|grant| text(grant, "client_id") == client_id && !needs(grant));
    let item = |grant: &Value| {
        let (name, audience) = (app.name(target), text(grant, "audience"));
        let why = format!(
            "it has been granted more than it needs; unless it is yours, take it away at Auth0, Applications, {name}, APIs"
        );
        Item::new(format!("{name} at {audience}"), State::Wrong(why))
    };
    surplus.map(item).collect()
}

/// For tokens of people who log in with it, and not for its own.
pub(super) fn is_of_people(grant: &Value) -> bool {
    text(grant, "subject_type") == "user"
}
