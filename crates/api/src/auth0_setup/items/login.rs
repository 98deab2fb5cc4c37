//! How people log in: the pages, the guard against guessed passwords, the invitation's mail and the Login URI.

use management::Settings;
use serde_json::{Value, json};

use super::super::document::changes;
use super::super::found::Found;
use super::super::repair::Repair;
use super::super::target::Target;
use super::{Item, SETTINGS, State};

pub(super) fn items(found: &Found, target: &Target) -> Vec<Item> {
    let mut items: Vec<Item> = SETTINGS
        .iter()
        .map(|(name, settings)| {
            let have = found.settings.get(name).and_then(Option::as_ref);
            Item::new(*name, of_settings(*settings, have))
        })
        .collect();
    let uri = if target.unfit_login_uri() {
        State::Wrong(format!(
            "Auth0 takes {} as a Login URI only with https and not on localhost; set PUBLIC_URL to the public address",
            target.landing()
        ))
    } else {
        State::Right
    };
    items.push(Item::new("login URI of invitations", uri));
    items
}

pub(super) fn wanted(settings: Settings) -> Value {
    match settings {
        // Home realm discovery asks for the address first (Auth0, "Identifier First Authentication").
        Settings::Prompts => {
            json!({ "universal_login_experience": "new", "identifier_first": true })
        }
        // An Action decides who is asked for a second factor.
        Settings::Tenant => json!({ "customize_mfa_in_postlogin_action": true }),
        Settings::BruteForceProtection => json!({ "enabled": true }),
        Settings::InvitationTemplate => json!({ "enabled": true }),
    }
}

fn of_settings(settings: Settings, have: Option<&Value>) -> State {
    let want = wanted(settings);
    match have {
        // A tenant without a template of its own sends Auth0's.
        None => State::Right,
        Some(have) => State::of_changes(changes(have, &want, &[]), |changes| {
            Repair::ChangeSettings(settings, changes)
        }),
    }
}
