//! The applications.

use management::Collection;
use serde_json::{Value, json};

use super::super::document;
use super::super::found::{App, Found, text};
use super::super::target::Target;
use super::{Item, State};

pub(super) fn items(found: &Found, target: &Target) -> Vec<Item> {
    let apps = App::ALL.iter();
    apps.flat_map(|app| of_app(*app, found, target)).collect()
}

/// The one that is ours, and what is to be said of others with its name.
fn of_app(app: App, found: &Found, target: &Target) -> Vec<Item> {
    let what = format!("application {}", app.name(target));
    let named = found.app(app, target);
    let ours = found.our_app(app, target);
    if ours.is_none() && !named.is_empty() {
        return vec![Item::new(what, State::Wrong(ambiguous(&named)))];
    }
    let mut want = document(app, target);
    if let Some(have) = ours {
        let more = document::where_shown(have, &defaults(app));
        document::extend(&mut want, more);
    }
    // With other grant types Auth0 refuses the settings of organizations.
    let exact = ["grant_types"];
    let item = Item::of_document(what.clone(), Collection::Applications, ours, &want, &exact);
    let others = named
        .iter()
        .filter(|one| Some(text(one, "client_id")) != ours.map(|ours| text(ours, "client_id")));
    let others = others.map(|other| {
        let id = text(other, "client_id");
        let why = format!("{id} has the same name and nothing of ours uses it; delete it");
        Item::new(what.clone(), State::Makeshift(why))
    });
    [item].into_iter().chain(others).collect()
}

fn ambiguous(named: &[&Value]) -> String {
    let ids = named.iter().map(|one| text(one, "client_id"));
    format!(
        "several applications have this name: {}; delete or rename all but one",
        ids.collect::<Vec<_>>().join(", ")
    )
}

/// As a tenant begins with it; what differs stops logins.
fn defaults(app: App) -> Value {
    if app != App::Console {
        return json!({});
    }
    json!({
        // Of others' applications people are asked for their consent, and have no organization.
        "is_first_party": true,
        "require_pushed_authorization_requests": false,
        // Nobody without its secret can verify the others.
        "jwt_configuration": { "alg": "RS256" },
    })
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
