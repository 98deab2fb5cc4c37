//! What this crate's calls need, for whoever grants them to an application.

/// The scopes of every call but those of [`Configuration`](crate::Configuration): the least that a backend needs which
/// uses all of them.
pub const SCOPES: &[&str] = &[
    "create:connections",
    "create:organization_connections",
    "create:organization_discovery_domains",
    "create:organization_invitations",
    "create:organization_member_roles",
    "create:organization_members",
    "create:organizations",
    "create:scim_config",
    "create:scim_token",
    "create:self_service_profiles",
    "create:sso_access_tickets",
    "create:users",
    "delete:connections",
    "delete:organization_connections",
    "delete:organization_discovery_domains",
    "delete:organization_invitations",
    "delete:organization_member_roles",
    "delete:organization_members",
    "delete:organizations",
    "delete:refresh_tokens",
    "delete:scim_config",
    "delete:scim_token",
    "delete:sessions",
    "delete:sso_access_tickets",
    "delete:users",
    "read:connections",
    "read:events",
    "read:group_members",
    "read:groups",
    "read:logs",
    "read:organization_discovery_domains",
    "read:organization_invitations",
    "read:organization_member_roles",
    "read:organization_members",
    "read:organizations",
    "read:roles",
    "read:scim_config",
    "read:scim_token",
    "read:self_service_profiles",
    "read:users",
    "update:connections",
    "update:organization_connections",
    "update:organization_discovery_domains",
    "update:organizations",
    "update:scim_config",
    "update:users",
    "update:users_app_metadata",
];

/// The scopes of [`Configuration`](crate::Configuration) and of offering a connection: what an application needs that
/// sets a tenant up.
pub const CONFIGURATION_SCOPES: &[&str] = &[
    "create:actions",
    "create:client_grants",
    "create:clients",
    "create:email_templates",
    "create:event_streams",
    "create:log_streams",
    "create:resource_servers",
    "create:roles",
    "create:self_service_profiles",
    "read:actions",
    "read:attack_protection",
    "read:branding",
    "read:client_grants",
    "read:client_keys",
    "read:clients",
    "read:connections",
    "read:email_provider",
    "read:email_templates",
    "read:event_streams",
    "read:log_streams",
    "read:prompts",
    "read:resource_servers",
    "read:roles",
    "read:self_service_profiles",
    "read:tenant_settings",
    "update:actions",
    "update:attack_protection",
    "update:branding",
    "update:client_grants",
    "update:clients",
    "update:connections",
    "update:email_templates",
    "update:event_streams",
    "update:log_streams",
    "update:prompts",
    "update:resource_servers",
    "update:roles",
    "update:self_service_profiles",
    "update:tenant_settings",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Each call names its scope in its documentation; tests against the sandbox, which checks them, keep that true.
    fn documented(folder: &Path) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(documented(&path));
                continue;
            }
            if path.ends_with("configuration.rs") || path.ends_with("scopes.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let docs = text
                .lines()
                .filter(|line| line.trim_start().starts_with("///"));
            for line in docs {
                let quoted = line.split('`').skip(1).step_by(2);
                let scopes = quoted.filter(|text| {
                    let (verb, entity) = text.split_once(':').unwrap_or_default();
                    matches!(verb, "read" | "create" | "update" | "delete") && !entity.is_empty()
                });
                found.extend(scopes.map(str::to_owned));
            }
        }
        found
    }

    #[test]
    fn the_list_is_what_the_calls_say() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let documented = documented(&source);
        let listed: BTreeSet<String> = SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        assert_eq!(listed, documented);
        assert!(SCOPES.is_sorted());
    }
}
