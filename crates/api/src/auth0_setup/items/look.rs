//! How the tenant's pages look: the brand, and the assistant of single sign-on that wears it.

use domain::Strategy;
use management::Collection;
use serde_json::{Value, json};

use super::super::found::{Found, text};
use super::super::target::Target;
use super::Item;

/// What is not set stays as it is in the tenant.
pub(super) fn branding(target: &Target) -> Value {
    let mut want = json!({});
    if let Some(logo) = &target.brand.logo_url {
        want["logo_url"] = json!(logo.as_ref());
    }
    if let Some(color) = &target.brand.color {
        want["colors"]["primary"] = json!(color.as_ref());
    }
    if let Some(color) = &target.brand.background_color {
        want["colors"]["page_background"] = json!(color.as_ref());
    }
    want
}

/// By the name under which `workflows::sso_ticket` looks for it, and makes it where it is missing.
pub(super) fn profile(found: &Found, target: &Target) -> Item {
    let mut want = profile_document(target);
    let name = target.service_name.as_ref();
    let mut profiles = found.profiles.iter();
    let have = profiles.find(|known| text(known, "name") == name);
    if have.is_some_and(|have| {
        have["allowed_strategies"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    }) {
        // None at all means all.
        let ours = Strategy::ALL.iter().map(|strategy| strategy.as_str());
        want["allowed_strategies"] = ours.collect();
    }
    let what = format!("self-service profile {name}");
    Item::of_document(what, Collection::SelfServiceProfiles, have, &want, &[])
}

pub(super) fn profile_document(target: &Target) -> Value {
    let mut want = json!({ "name": target.service_name.as_ref() });
    if let Some(logo) = &target.brand.logo_url {
        want["branding"]["logo_url"] = json!(logo.as_ref());
    }
    if let Some(color) = &target.brand.color {
        want["branding"]["colors"]["primary"] = json!(color.as_ref());
    }
    want
}
