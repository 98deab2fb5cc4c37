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

/// Entity and the verbs that exist for it, as far as the sandbox has the entity.
const MANAGEMENT: [(&str, &[&str]); 42] = [
    ("actions", ALL),
    ("attack_protection", &["read", "update"]),
    ("branding", &["read", "update"]),
    ("client_grants", ALL),
    ("client_keys", ALL),
    ("clients", ALL),
    ("connections", ALL),
    ("email_provider", ALL),
    ("email_templates", &["read", "create", "update"]),
    ("event_deliveries", &["read", "update"]),
    ("event_streams", ALL),
    ("events", &["read"]),
    ("group_members", &["read"]),
    ("groups", &["read", "delete"]),
    ("log_streams", ALL),
    ("logs", &["read"]),
    ("organization_client_grants", &["read", "create", "delete"]),
    ("organization_connections", ALL),
    ("organization_discovery_domains", ALL),
    ("organization_invitations", &["read", "create", "delete"]),
    ("organization_member_roles", &["read", "create", "delete"]),
    ("organization_members", &["read", "create", "delete"]),
    ("organizations", ALL),
    ("organizations_summary", &["read"]),
    ("prompts", &["read", "update"]),
    ("refresh_tokens", &["read", "delete"]),
    ("resource_servers", ALL),
    ("role_members", &["read", "create", "delete"]),
    ("roles", ALL),
    ("scim_config", ALL),
    ("scim_token", &["read", "create", "delete"]),
    ("self_service_profile_custom_texts", &["read", "update"]),
    ("self_service_profiles", ALL),
    ("sessions", &["read", "delete"]),
    ("signing_keys", &["read", "create", "update"]),
    ("sso_access_tickets", &["create", "delete"]),
    ("tenant_settings", &["read", "update"]),
    ("user_attribute_profiles", ALL),
    ("user_idp_tokens", &["read"]),
    ("user_tickets", &["create"]),
    ("users", ALL),
    ("users_app_metadata", ALL),
];
const ALL: &[&str] = &["read", "create", "update", "delete"];

pub(super) fn of_our_api() -> BTreeMap<String, String> {
    PERMISSIONS
        .into_iter()
        .chain([PLATFORM_ADMIN])
        .map(|scope| (scope.to_owned(), scope.to_owned()))
        .collect()
}

pub(super) fn of_the_management_api() -> BTreeMap<String, String> {
    MANAGEMENT
        .into_iter()
        .flat_map(|(entity, verbs)| verbs.iter().map(move |verb| format!("{verb}:{entity}")))
        .map(|scope| (scope.clone(), scope))
        .collect()
}
