//! The connections through which new organizations log in: that the console offers them, and what stands in the way.

use management::Collection;
use serde_json::{Value, json};

use super::super::document::{changes, where_shown};
use super::super::found::{App, Found, text};
use super::super::repair::Repair;
use super::super::target::Target;
use super::{Item, State};

/// The strategy of the tenant's own databases.
const DATABASE: &str = "auth0";

pub(super) fn items(found: &Found, target: &Target) -> Vec<Item> {
    let names = target.connections.iter();
    let of_name = |name: &String| {
        let guard = found.connection(name).and_then(database);
        [offer(name, found, target)].into_iter().chain(guard)
    };
    names.flat_map(of_name).collect()
}

/// As a tenant begins with it: people sign up by themselves, and whoever guesses passwords is stopped.
fn database(connection: &Value) -> Option<Item> {
    if text(connection, "strategy") != DATABASE {
        return None;
    }
    let begins = json!({ "options": { "disable_signup": false, "brute_force_protection": true } });
    // Auth0 replaces the options as a whole, and what changes is merged into those that there are.
    let changes = changes(connection, &where_shown(connection, &begins), &[]);
    let id = text(connection, "id").to_owned();
    let state = State::of_changes(changes, |changes| {
        Repair::Change(Collection::Connections, id, changes)
    });
    Some(Item::new(
        format!("connection {}", text(connection, "name")),
        state,
    ))
}

fn offer(name: &str, found: &Found, target: &Target) -> Item {
    let what = format!("connection {name} for {}", App::Console.name(target));
    let state = match (
        found.connection(name),
        found.client_id(App::Console, target),
    ) {
        (None, _) => State::Wrong(
            "there is no such connection; make it, or name others in AUTH0_ORGANIZATION_CONNECTIONS"
                .into(),
        ),
        (_, None) => State::Waits(format!("application {}", App::Console.name(target))),
        (Some(connection), Some(client_id)) => {
            let connection = text(connection, "id").to_owned();
            let offered = found.offered_by.get(&connection);
            if offered.is_some_and(|by| by.iter().any(|known| known == client_id)) {
                State::Right
            } else {
                let client_id = client_id.to_owned();
                State::Missing(Repair::Offer {
                    connection,
                    client_id,
                })
            }
        }
    };
    Item::new(what, state)
}
