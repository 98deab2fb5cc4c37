//! Members of an organization: how they came, and what may become of their roles.

use serde::{Deserialize, Serialize};

use crate::role::Role;
use crate::words::words;

/// What made somebody a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum JoinedBy {
    /// They paid for the organization.
    Purchase,
    Invitation,
    /// An administrator added them.
    Addition,
    /// Their first login through the organization's own identity provider.
    IdentityProvider,
    /// The organization's directory made their account.
    Scim,
    UserImport,
    /// They belonged to it at Auth0 when the organization was imported.
    OrganizationImport,
}

words!(JoinedBy, UnknownJoinedBy, "It is unknown how they joined.", {
    Purchase = "purchase",
    Invitation = "invitation",
    Addition = "addition",
    IdentityProvider = "identity_provider",
    Scim = "scim",
    UserImport = "user_import",
    OrganizationImport = "organization_import",
});

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A member has at least one role.")]
pub struct NoRole;

impl NoRole {
    pub fn code(self) -> &'static str {
        "empty"
    }
}

/// The roles as a set, in their own order.
pub fn role_set(mut roles: Vec<Role>) -> Result<Vec<Role>, NoRole> {
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        Err(NoRole)
    } else {
        Ok(roles)
    }
}

/// These roles and an administrator's.
pub fn with_admin(roles: &[Role]) -> Vec<Role> {
    let mut roles = roles.to_vec();
    if !roles.contains(&Role::OrgAdmin) {
        roles.push(Role::OrgAdmin);
        roles.sort_unstable();
    }
    roles
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("An organization keeps at least one administrator: make somebody else one first.")]
pub struct LastAdmin;

/// Asks whether a member may go from `before` to `after` (no roles at all: they leave), beside `others` administrators
/// who can act.
pub fn keep_an_admin(before: &[Role], after: &[Role], others: u32) -> Result<(), LastAdmin> {
    let steps_down = before.contains(&Role::OrgAdmin) && !after.contains(&Role::OrgAdmin);
    if steps_down && others == 0 {
        Err(LastAdmin)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_a_set_with_something_in_it() {
        let twice = vec![Role::OrgBilling, Role::OrgAdmin, Role::OrgBilling];
        assert_eq!(role_set(twice), Ok(vec![Role::OrgAdmin, Role::OrgBilling]));
        assert_eq!(role_set(Vec::new()), Err(NoRole));
    }

    #[test]
    fn an_heir_keeps_what_they_have() {
        use Role::{OrgAdmin, OrgBilling};
        assert_eq!(with_admin(&[OrgBilling]), [OrgAdmin, OrgBilling]);
        assert_eq!(with_admin(&[OrgAdmin]), [OrgAdmin]);
    }

    #[test]
    fn the_last_admin_neither_leaves_nor_steps_down() {
        let admin = [Role::OrgAdmin, Role::OrgBilling];
        assert_eq!(keep_an_admin(&admin, &[], 0), Err(LastAdmin));
        assert_eq!(
            keep_an_admin(&admin, &[Role::OrgBilling], 0),
            Err(LastAdmin)
        );
        assert_eq!(keep_an_admin(&admin, &[Role::OrgAdmin], 0), Ok(()));
        assert_eq!(keep_an_admin(&admin, &[], 1), Ok(()));
    }

    #[test]
    fn whoever_is_no_admin_may_always_go() {
        assert_eq!(keep_an_admin(&[Role::OrgMember], &[], 0), Ok(()));
        assert_eq!(keep_an_admin(&[], &[Role::OrgAdmin], 0), Ok(()));
    }
}
