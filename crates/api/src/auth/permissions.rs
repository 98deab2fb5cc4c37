//! Permissions as types, so that a handler's signature says which one it needs.

use domain::Permission;

/// Names the permission that [`super::Authorized`] asks for.
pub trait RequiredPermission: 'static {
    const PERMISSION: Permission;
    /// Whether it may also change something in an organization that is to be deleted.
    const WHILE_DELETING: bool = false;
    /// Whether it is open to whoever did not come through the organization's identity provider.
    const WITHOUT_SSO: bool = false;
}

pub struct ReadOrganization;
pub struct WriteOrganization;
pub struct DeleteOrganization;
pub struct ReadMembers;
pub struct LeaveOrganization;
pub struct WriteMembers;
pub struct ReadInvitations;
pub struct WriteInvitations;
pub struct ReadBilling;
pub struct WriteBilling;
pub struct ReadProjects;
pub struct WriteProjects;
pub struct ReadIdentityProviders;
pub struct WriteIdentityProviders;
pub struct BreakGlass;
pub struct ReadAuditEvents;

impl RequiredPermission for ReadOrganization {
    const PERMISSION: Permission = Permission::OrganizationRead;
}

impl RequiredPermission for WriteOrganization {
    const PERMISSION: Permission = Permission::OrganizationWrite;
}

impl RequiredPermission for DeleteOrganization {
    const PERMISSION: Permission = Permission::OrganizationWrite;
    const WHILE_DELETING: bool = true;
}

impl RequiredPermission for LeaveOrganization {
    const PERMISSION: Permission = Permission::MembersRead;
    const WHILE_DELETING: bool = true;
}

impl RequiredPermission for ReadMembers {
    const PERMISSION: Permission = Permission::MembersRead;
}

impl RequiredPermission for WriteMembers {
    const PERMISSION: Permission = Permission::MembersWrite;
}

impl RequiredPermission for ReadInvitations {
    const PERMISSION: Permission = Permission::InvitationsRead;
}

impl RequiredPermission for WriteInvitations {
    const PERMISSION: Permission = Permission::InvitationsWrite;
}

impl RequiredPermission for ReadBilling {
    const PERMISSION: Permission = Permission::BillingRead;
}

impl RequiredPermission for WriteBilling {
    const PERMISSION: Permission = Permission::BillingWrite;
}

impl RequiredPermission for ReadProjects {
    const PERMISSION: Permission = Permission::ProjectsRead;
}

impl RequiredPermission for WriteProjects {
    const PERMISSION: Permission = Permission::ProjectsWrite;
}

impl RequiredPermission for ReadIdentityProviders {
    const PERMISSION: Permission = Permission::IdentityProvidersRead;
}

impl RequiredPermission for WriteIdentityProviders {
    const PERMISSION: Permission = Permission::IdentityProvidersWrite;
}

impl RequiredPermission for BreakGlass {
    const PERMISSION: Permission = Permission::OrganizationWrite;
    const WITHOUT_SSO: bool = true;
}

impl RequiredPermission for ReadAuditEvents {
    const PERMISSION: Permission = Permission::AuditRead;
}
