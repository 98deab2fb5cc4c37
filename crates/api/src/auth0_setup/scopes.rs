//! What each of our machines may do at the Management API: what its code calls there.

use management::SCOPES;

/// Of the API, which sets provisioning up while its caller waits.
pub const PROVISIONING: &[&str] = &[
    "create:scim_config",
    "create:scim_token",
    "delete:scim_config",
    "read:scim_config",
    "update:scim_config",
];

/// Of the Action `default-member-role`.
pub(super) const ACTIONS: &[&str] = &["create:organization_member_roles"];

/// Of those above, what the worker does as well.
const SHARED: &str = "delete:scim_config";

/// Of the worker: all the rest.
pub fn worker() -> Vec<&'static str> {
    let is_the_workers = |scope: &&str| *scope == SHARED || !PROVISIONING.contains(scope);
    SCOPES.iter().copied().filter(is_the_workers).collect()
}
