//! What members may do. A role is a set of permissions; a caller may do what the roles of the live membership allow.

use serde::{Deserialize, Serialize};

use crate::words::words;

/// The wire names are those of the roles at Auth0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Role {
    OrgAdmin,
    OrgMember,
    OrgBilling,
    OrgReadonly,
}

words!(Role, UnknownRole, "The role is not one of org_admin, org_member, org_billing and org_readonly.", {
    OrgAdmin = "org_admin",
    OrgMember = "org_member",
    OrgBilling = "org_billing",
    OrgReadonly = "org_readonly",
});

/// The wire names are those of the API's permissions at Auth0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Permission {
    OrganizationRead,
    OrganizationWrite,
    MembersRead,
    MembersWrite,
    InvitationsRead,
    InvitationsWrite,
    BillingRead,
    BillingWrite,
    ProjectsRead,
    ProjectsWrite,
    IdentityProvidersRead,
    IdentityProvidersWrite,
    AuditRead,
}

words!(Permission, UnknownPermission, "The permission is unknown.", {
    OrganizationRead = "organization:read",
    OrganizationWrite = "organization:write",
    MembersRead = "members:read",
    MembersWrite = "members:write",
    InvitationsRead = "invitations:read",
    InvitationsWrite = "invitations:write",
    BillingRead = "billing:read",
    BillingWrite = "billing:write",
    ProjectsRead = "projects:read",
    ProjectsWrite = "projects:write",
    IdentityProvidersRead = "identity_providers:read",
    IdentityProvidersWrite = "identity_providers:write",
    AuditRead = "audit:read",
});

impl Permission {
    /// Whether it changes anything.
    pub fn writes(self) -> bool {
        self.as_str().ends_with(":write")
    }

    /// Whether whoever has no seat lacks it. They read, and may pay for more seats.
    pub fn needs_seat(self) -> bool {
        self.writes() && self != Self::BillingWrite
    }
}

impl Role {
    /// As people read it.
    pub fn display_name(self) -> &'static str {
        match self {
            Self::OrgAdmin => "Administrator",
            Self::OrgMember => "Employee",
            Self::OrgBilling => "Billing",
            Self::OrgReadonly => "Read-only",
        }
    }

    pub fn permissions(self) -> &'static [Permission] {
        use Permission::{
            BillingRead, BillingWrite, MembersRead, OrganizationRead, ProjectsRead, ProjectsWrite,
        };
        match self {
            Self::OrgAdmin => Permission::ALL,
            Self::OrgMember => &[
                OrganizationRead,
                MembersRead,
                BillingRead,
                ProjectsRead,
                ProjectsWrite,
            ],
            Self::OrgBilling => &[
                OrganizationRead,
                MembersRead,
                BillingRead,
                BillingWrite,
                ProjectsRead,
            ],
            Self::OrgReadonly => &[OrganizationRead, MembersRead, BillingRead, ProjectsRead],
        }
    }
}

/// What an organization lets its members do beyond their roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policies {
    pub members_can_invite: bool,
}

/// Several roles add up; none at all allows nothing.
pub fn allows(roles: &[Role], permission: Permission) -> bool {
    roles
        .iter()
        .any(|role| role.permissions().contains(&permission))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrator_may_do_everything() {
        assert!(
            Permission::ALL
                .iter()
                .all(|&permission| allows(&[Role::OrgAdmin], permission))
        );
    }

    #[test]
    fn no_role_may_do_nothing() {
        assert!(
            !Permission::ALL
                .iter()
                .any(|&permission| allows(&[], permission))
        );
    }

    #[test]
    fn read_only_never_writes() {
        for permission in Role::OrgReadonly.permissions() {
            assert!(!permission.writes(), "{permission}");
            assert!(permission.as_str().ends_with(":read"), "{permission}");
        }
    }

    #[test]
    fn without_a_seat_one_still_pays_the_bill() {
        assert!(Permission::ProjectsWrite.needs_seat());
        assert!(Permission::MembersWrite.needs_seat());
        for permission in [Permission::BillingWrite, Permission::ProjectsRead] {
            assert!(!permission.needs_seat(), "{permission}");
        }
    }

    #[test]
    fn roles_add_up() {
        let both = [Role::OrgMember, Role::OrgBilling];
        assert!(allows(&both, Permission::ProjectsWrite));
        assert!(allows(&both, Permission::BillingWrite));
        assert!(!allows(&both, Permission::MembersWrite));
    }

    #[test]
    fn everybody_reads_what_the_organization_is_and_has() {
        for role in Role::ALL {
            for permission in Role::OrgReadonly.permissions() {
                assert!(
                    role.permissions().contains(permission),
                    "{role} {permission}"
                );
            }
        }
    }

    #[test]
    fn words_are_exact() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
        }
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
        }
        assert_eq!("ORG_ADMIN".parse::<Role>(), Err(UnknownRole));
    }
}
