//! How people log in: the pages, the guard against guessed passwords, the invitation's mail and the Login URI.

use management::Settings;
use serde_json::{Value, json};

use super::super::document::changes;
use super::super::found::{Found, text};
use super::super::repair::Repair;
use super::super::target::Target;
use super::{BRUTE_FORCE, EMAIL_PROVIDER, Item, SETTINGS, State, look};

/// Liquid: what people are called is theirs to choose, so it is escaped.
pub(super) const TEMPLATE: &str = include_str!("user_invitation.html");

/// As many as a new tenant allows.
const MOST_ATTEMPTS: u64 = 10;

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
    items.extend(unguarded(found));
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
        Settings::BruteForceProtection => {
            json!({ "enabled": true, "shields": ["block", "user_notification"] })
        }
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
    if settings == Settings::BruteForceProtection
        && have["max_attempts"].as_u64() > Some(MOST_ATTEMPTS)
    {
        // Fewer are stricter, and stay.
        want["max_attempts"] = json!(MOST_ATTEMPTS);
    }
    State::of_changes(changes(have, &want, &[]), |changes| {
        Repair::ChangeSettings(settings, changes)
    })
}

/// Where guessed passwords are never stopped.
fn unguarded(found: &Found) -> Option<Item> {
    let guard = setting(found, BRUTE_FORCE)?;
    let allowed = guard["allowlist"].as_array().into_iter().flatten();
    let mut networks = allowed.filter_map(Value::as_str);
    let all = networks.find(|network| network.ends_with("/0"))?;
    let why = format!(
        "it lets {all} through, which is everybody; take it off the allow list at Auth0, Security, Attack Protection"
    );
    Some(Item::new(
        "allow list of brute force protection",
        State::Wrong(why),
    ))
}

/// Whether an invitation says where it is accepted. Liquid takes any space within its braces, and a hyphen at them.
fn has_link(template: &Value) -> bool {
    let body = text(template, "body");
    let says_url = |output: &str| {
        let output = output.strip_prefix('-').unwrap_or(output).trim_start();
        let rest = output.strip_prefix("url");
        let is_name = |next: char| next.is_alphanumeric() || "_-.".contains(next);
        rest.is_some_and(|rest| !rest.starts_with(is_name) || rest.starts_with("-}}"))
    };
    body.trim().is_empty() || body.split("{{").skip(1).any(says_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_says_where_it_is_accepted() {
        let has_link = |body: &str| has_link(&json!({ "body": body }));
        for body in [
            "",
            "{{url}}",
            "<a href='{{ url }}'>",
            "{{- url | escape -}}",
            "{{-url-}}",
            "{{\turl|escape}}",
        ] {
            assert!(has_link(body), "{body}");
        }
        for body in [
            "https://example.com",
            "{{ urls }}",
            "{{ user.url }}",
            "{ url }",
            "{% url %}",
        ] {
            assert!(!has_link(body), "{body}");
        }
    }
}
