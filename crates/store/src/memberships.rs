//! Memberships: who belongs to the organization, and as what.

use chrono::{DateTime, Utc};
use domain::{Person, Role, UserId};

use crate::{Listed, Page, StoreError, TenantTx};

/// A member of the organization. E-mail, name and picture are for display only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    pub person: Person,
    pub roles: Vec<Role>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub picture: Option<String>,
    /// Name of the Auth0 connection they came through.
    pub connection: Option<String>,
    pub joined_at: DateTime<Utc>,
    pub last_seen_at: Option<DateTime<Utc>>,
}

impl TenantTx {
    pub async fn membership(&mut self, _user: &UserId) -> Result<Option<Membership>, StoreError> {
        todo!()
    }

    /// By user id.
    pub async fn memberships(
        &mut self,
        _page: &Page<UserId>,
    ) -> Result<Listed<Membership>, StoreError> {
        todo!()
    }

    /// Inserts or replaces it, with its entry among the person's organizations. `joined_at` stays what it was.
    pub async fn save_membership(&mut self, _membership: &Membership) -> Result<(), StoreError> {
        todo!()
    }

    /// False when there was none.
    pub async fn delete_membership(&mut self, _user: &UserId) -> Result<bool, StoreError> {
        todo!()
    }
}
