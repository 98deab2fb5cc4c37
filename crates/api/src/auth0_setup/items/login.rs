//! How people log in: the pages, the guard against guessed passwords, the invitation's mail and the Login URI.

use management::Settings;
use serde_json::{Value, json};

use super::super::document::changes;
use super::super::found::{Found, text};
use super::super::repair::Repair;
use super::super::target::Target;
use super::{EMAIL_PROVIDER, Item, SETTINGS, State, look};

/// Liquid: what people are called is theirs to choose, so it is escaped.
pub(super) const TEMPLATE: &str = include_str!("user_invitation.html");

pub(super) fn items(found: &Found, target: &Target) -> Vec<Item> {
    let mut items: Vec<Item> = SETTINGS
        .iter()
        .map(|(name, settings)| {
            let state = match setting(found, name) {
                Some(have) => of_settings(*settings, have, target),
                None => missing(*settings, found),
            };
            Item::new(*name, state)
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
        Settings::EmailProvider => json!({}),
        Settings::InvitationTemplate => json!({ "enabled": true }),
    }
}

/// The invitation's, as a tenant begins with it; from then on its wording is the tenant's own.
pub(super) fn template(body: &str) -> Value {
    json!({
        "template": "user_invitation",
        "subject": "{{ inviter.name | escape }} invites you to {{ organization.display_name | escape }}",
        "body": body,
        "from": null,
        "syntax": "liquid",
        "enabled": true,
    })
}

fn setting<'a>(found: &'a Found, name: &str) -> Option<&'a Value> {
    found.settings.get(name).and_then(Option::as_ref)
}

fn missing(settings: Settings, found: &Found) -> State {
    match settings {
        Settings::EmailProvider => State::Makeshift(
            "Auth0 sends a few mails to try it out, all in its own words; give it your mail server at Auth0, \
             Branding, Email Provider, and run apply again"
                .into(),
        ),
        // Whose wording it is matters only to a mail server of one's own.
        Settings::InvitationTemplate if setting(found, EMAIL_PROVIDER).is_some() => {
            State::Missing(Repair::CreateTemplate(template(TEMPLATE)))
        }
        _ => State::Right,
    }
}

fn of_settings(settings: Settings, have: &Value, target: &Target) -> State {
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
