//! Role-based access control: which permissions of an API a person holds.

use std::collections::BTreeSet;

use crate::tenant::{Role, Tenant};

/// The ids of the roles that count: those held in the organization when there is one, else the tenant-level ones.
pub(crate) fn role_ids_of(
    tenant: &Tenant,
    user_id: &str,
    organization: Option<&str>,
) -> BTreeSet<String> {
    match organization {
        Some(id) => tenant
            .organizations
            .get(id)
            .filter(|organization| organization.members.contains_key(user_id))
            .and_then(|organization| organization.member_roles.get(user_id))
            .cloned()
            .unwrap_or_default(),
        None => tenant
            .users
            .get(user_id)
            .map(|user| user.roles.clone())
            .unwrap_or_default(),
    }
}

pub(crate) fn permissions_of(
    tenant: &Tenant,
    user_id: &str,
    organization: Option<&str>,
    audience: &str,
) -> BTreeSet<String> {
    role_ids_of(tenant, user_id, organization)
        .iter()
        .filter_map(|id| tenant.roles.get(id))
        .flat_map(|role: &Role| &role.permissions)
        .filter(|(api, _)| api == audience)
        .map(|(_, permission)| permission.clone())
        .collect()
}
