//! How people log in: the pages, the guard against guessed passwords, the invitation's mail and the Login URI.

use management::Settings;
use serde_json::{Value, json};

use super::super::document::changes;
use super::super::found::{Found, text};
use super::super::repair::Repair;
use super::super::target::Target;
use super::{Item, SETTINGS, State, look};

pub(super) fn items(found: &Found, target: &Target) -> Vec<Item> {
    let mut items: Vec<Item> = SETTINGS
        .iter()
        .map(|(name, settings)| {
            let have = found.settings.get(name).and_then(Option::as_ref);
            Item::new(*name, of_settings(*settings, have, target))
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

pub(super) fn wanted(settings: Settings, target: &Target) -> Value {
    match settings {
        // Home realm discovery asks for the address first (Auth0, "Identifier First Authentication").
        Settings::Prompts => {
            json!({ "universal_login_experience": "new", "identifier_first": true })
        }
        Settings::Tenant => json!({
            "friendly_name": target.service_name.as_ref(),
            // Login links name the organization.
            "allow_organization_name_in_authentication_api": true,
            // An Action decides who is asked for a second factor.
            "customize_mfa_in_postlogin_action": true,
        }),
        Settings::Branding => look::branding(target),
        Settings::BruteForceProtection => json!({ "enabled": true }),
        Settings::InvitationTemplate => json!({ "enabled": true }),
    }
}

fn of_settings(settings: Settings, have: Option<&Value>, target: &Target) -> State {
    // A tenant without a template of its own sends Auth0's.
    let Some(have) = have else {
        return State::Right;
    };
    if settings == Settings::InvitationTemplate && !has_link(have) {
        let why = "there is no {{ url }} in it, so that nobody could accept; put it into the body at Auth0, \
                   Branding, Email Templates";
        return State::Wrong(why.into());
    }
    let mut want = wanted(settings, target);
    if !text(have, "friendly_name").is_empty() {
        // Somebody has named the tenant already.
        want["friendly_name"] = have["friendly_name"].clone();
    }
    State::of_changes(changes(have, &want, &[]), |changes| {
        Repair::ChangeSettings(settings, changes)
    })
}

/// Whether an invitation says where it is accepted. Liquid takes any space within its braces.
fn has_link(template: &Value) -> bool {
    let body = text(template, "body");
    let written: String = body.chars().filter(|one| !one.is_whitespace()).collect();
    written.is_empty() || written.contains("{{url")
}
