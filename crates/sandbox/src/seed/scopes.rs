//! The permissions of our API, the roles that hold them, and the Management API's scopes.

use std::collections::BTreeMap;

pub(super) const PLATFORM_ADMIN: &str = "platform:admin";

/// What people may do; [`PLATFORM_ADMIN`] is for machines.
pub(super) const PERMISSIONS: [&str; 13] = [
    "organization:read",
    "organization:write",
    "members:read",
    "members:write",
    "invitations:read",
    "invitations:write",
    "billing:read",
    "billing:write",
    "projects:read",
    "projects:write",
    "identity_providers:read",
    "identity_providers:write",
    "audit:read",
];

type SeedRole = (&'static str, &'static str, Option<&'static [&'static str]>);

/// (name, description, permissions); `None` is all of them.
pub(super) const ROLES: [SeedRole; 4] = [
    ("org_admin", "Administrator", None),
    (
        "org_member",
        "Employee",
        Some(&[
            "organization:read",
            "members:read",
            "billing:read",
            "projects:read",
            "projects:write",
        ]),
    ),
    (
        "org_billing",
        "Billing",
        Some(&[
            "organization:read",
            "members:read",
            "billing:read",
            "billing:write",
            "projects:read",
        ]),
    ),
    (
        "org_readonly",
        "Read-only",
        Some(&[
            "organization:read",
            "members:read",
            "billing:read",
            "projects:read",
        ]),
    ),
];

/// Entity and the verbs that exist for it.
const MANAGEMENT: [(&str, &[&str]); 30] = [
    ("organizations", ALL),
    ("organizations_summary", &["read"]),
    ("organization_connections", ALL),
    ("organization_members", &["read", "create", "delete"]),
    ("organization_member_roles", &["read", "create", "delete"]),
    ("organization_invitations", &["read", "create", "delete"]),
    ("organization_discovery_domains", ALL),
    ("roles", ALL),
    ("connections", ALL),
    ("scim_config", ALL),
    ("scim_token", &["read", "create", "delete"]),
    ("self_service_profiles", ALL),
    ("sso_access_tickets", &["create", "delete"]),
    ("users", ALL),
    ("users_app_metadata", ALL),
    ("role_members", &["read", "create", "delete"]),
    ("user_idp_tokens", &["read"]),
    ("sessions", &["read", "delete"]),
    ("refresh_tokens", &["read", "delete"]),
    ("user_tickets", &["create"]),
    ("logs", &["read"]),
    ("events", &["read"]),
    ("event_streams", ALL),
    ("event_deliveries", &["read", "update"]),
    ("log_streams", ALL),
    ("clients", &["read", "update"]),
    ("client_grants", &["read"]),
    ("resource_servers", ALL),
    ("signing_keys", &["read", "create", "update"]),
    ("tenant_settings", &["read", "update"]),
];
/// What setting a tenant up needs on top.
const SET_UP: [(&str, &[&str]); 8] = [
    ("clients", &["create", "delete"]),
    ("client_keys", ALL),
    ("client_grants", &["create", "update", "delete"]),
    ("actions", ALL),
    ("prompts", &["read", "update"]),
    ("branding", &["read", "update"]),
    ("email_templates", &["read", "create", "update"]),
    ("attack_protection", &["read", "update"]),
];
const ALL: &[&str] = &["read", "create", "update", "delete"];

pub(super) fn of_our_api() -> BTreeMap<String, String> {
    PERMISSIONS
        .into_iter()
        .chain([PLATFORM_ADMIN])
        .map(|scope| (scope.to_owned(), scope.to_owned()))
        .collect()
}

/// All that a backend needs, and none that would let it grant itself more.
pub(super) fn of_a_backend() -> impl Iterator<Item = String> {
    named(&MANAGEMENT)
}

pub(super) fn of_the_management_api() -> BTreeMap<String, String> {
    named(&MANAGEMENT)
        .chain(named(&SET_UP))
        .map(|scope| (scope.clone(), scope))
        .collect()
}

fn named(
    entities: &'static [(&'static str, &'static [&'static str])],
) -> impl Iterator<Item = String> {
    entities
        .iter()
        .flat_map(|(entity, verbs)| verbs.iter().map(move |verb| format!("{verb}:{entity}")))
}
