//! Roles and what each may do, in one table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text is none of the known names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a known {kind}")]
pub struct UnknownName {
    pub(crate) kind: &'static str,
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $kind:literal { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;
            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(UnknownName { kind: $kind }) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = UnknownName;
            fn try_from(text: String) -> Result<Self, UnknownName> { text.parse() }
        }

        impl From<$name> for &'static str {
            fn from(value: $name) -> Self { value.as_str() }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }
    };
}
pub(crate) use named;

named! {
    /// What a member is in an organization. The names are the roles' names in Auth0.
    Role, "role" {
        OrgAdmin = "org_admin",
        OrgMember = "org_member",
        OrgBilling = "org_billing",
        OrgReadonly = "org_readonly",
    }
}

named! {
    /// One thing that a member may do. The names are the API's permissions in Auth0.
    Permission, "permission" {
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
    }
}

impl Role {
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

/// Whether any of the roles gives the permission.
pub fn allows(roles: &[Role], permission: Permission) -> bool {
    roles
        .iter()
        .any(|role| role.permissions().contains(&permission))
}
