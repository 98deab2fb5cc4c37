//! The applications, and which connections the console offers.

use management::Collection;
use serde_json::{Value, json};

use super::super::found::{App, Found, text};
use super::super::repair::Repair;
use super::super::target::Target;
use super::{Item, State};

pub(super) fn items(found: &Found, target: &Target) -> Vec<Item> {
    let apps = App::ALL.iter().map(|app| item(*app, found, target));
    let offers = target.connections.iter();
    apps.chain(offers.map(|name| offer(name, found, target)))
        .collect()
}

fn item(app: App, found: &Found, target: &Target) -> Item {
    let what = format!("application {}", app.name(target));
    match found.app(app, target)[..] {
        [] => Item::of_document(
            what,
            Collection::Applications,
            None,
            &document(app, target),
            &[],
        ),
        // With other grant types Auth0 refuses the settings of organizations.
        [only] => Item::of_document(
            what,
            Collection::Applications,
            Some(only),
            &document(app, target),
            &["grant_types"],
        ),
        [..] => Item::new(
            what,
            State::Wrong("several applications have this name; rename all but one".into()),
        ),
    }
}

pub(super) fn document(app: App, target: &Target) -> Value {
    if app != App::Console {
        return json!({
            "name": app.name(target),
            "app_type": "non_interactive",
            "grant_types": ["client_credentials"],
            "token_endpoint_auth_method": "client_secret_post",
        });
    }
    let [home, callback] = target.app_addresses();
    let mut document = json!({
        "name": app.name(target),
        "app_type": "spa",
        "callbacks": [callback, home, target.landing(), target.test_login()],
        "allowed_logout_urls": [home, target.landing()],
        "web_origins": target.web_origins(),
        "grant_types": ["authorization_code", "refresh_token"],
        "organization_usage": "allow",
        "organization_require_behavior": "no_prompt",
        "token_endpoint_auth_method": "none",
        "oidc_conformant": true,
        // A stolen refresh token ends with its first use beside the owner's (RFC 9700, 4.14.2).
        "refresh_token": {
            "rotation_type": "rotating",
            "expiration_type": "expiring",
            "token_lifetime": 2_592_000,
            "idle_token_lifetime": 1_296_000,
            "infinite_token_lifetime": false,
            "infinite_idle_token_lifetime": false,
        },
    });
    if !target.unfit_login_uri() {
        document["initiate_login_uri"] = json!(target.landing());
    }
    document
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
