//! Organizations: opening one as its member, and the list of one's own.

use domain::{DisplayName, OrganizationId, OrganizationName, Person, Role};

use crate::{Membership, Store, StoreError, TenantTx};

/// What opening an organization found.
pub enum OpenedOrganization {
    /// No such customer here.
    Unknown,
    Suspended,
    NotAMember,
    Member {
        tx: TenantTx,
        member: Membership,
    },
}

/// An organization that the caller is a member of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyOrganization {
    pub id: OrganizationId,
    pub name: OrganizationName,
    pub display_name: DisplayName,
    pub roles: Vec<Role>,
}

impl Store {
    /// BEGIN, then one statement that binds the organization and answers the customer's state and the membership.
    pub async fn organization(
        &self,
        _organization: &OrganizationId,
        _person: &Person,
    ) -> Result<OpenedOrganization, StoreError> {
        todo!()
    }

    /// The organizations of this person, by name; never anybody else's.
    pub async fn my_organizations(
        &self,
        _person: &Person,
    ) -> Result<Vec<MyOrganization>, StoreError> {
        todo!()
    }
}
