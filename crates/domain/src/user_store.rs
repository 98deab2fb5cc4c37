//! Where an organization's people have their passwords.

use serde::{Deserialize, Serialize};

use crate::ids::OrganizationId;
use crate::organization::OrganizationName;
use crate::words::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum UserStoreKind {
    /// The connection that every organization shares.
    Shared,
    /// One of its own beside the shared one, while people move.
    Both,
    /// Nothing but one of its own.
    Own,
}

words!(UserStoreKind, UnknownUserStoreKind, "The user store is not one of shared, both and own.", {
    Shared = "shared",
    Both = "both",
    Own = "own",
});

/// How far Auth0 has followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum UserStoreState {
    Pending,
    Ready,
    Failed,
}

words!(UserStoreState, UnknownUserStoreState, "The state of the user store is unknown.", {
    Pending = "pending",
    Ready = "ready",
    Failed = "failed",
});

/// Letters, digits and single hyphens, at most 128: the organization's name for people, and its id because names can
/// change hands.
pub fn connection_name(name: &OrganizationName, organization: &OrganizationId) -> String {
    let id = organization.as_ref().trim_start_matches("org_");
    let words = name.as_ref().split(['-', '_']);
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).chain([id]).collect();
    words.join("-")
}

/// Members by the store that they log in through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreUse {
    pub admins: u32,
    pub shared: u32,
    pub shared_admins: u32,
    pub own: u32,
    pub own_admins: u32,
}

/// Why a store cannot be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreRefusal {
    #[error("{0} members log in through the store that would be closed.")]
    InUse(u32),
    #[error("No administrator could log in any more.")]
    NoAdmin,
}

impl StoreUse {
    /// Whether the organization can go over to `kind`. Members who could not log in any more are a reason not to,
    /// unless it is `forced`; that no administrator could is always one.
    ///
    /// # Errors
    /// What would be locked out.
    pub fn allow(&self, kind: UserStoreKind, forced: bool) -> Result<(), StoreRefusal> {
        match kind {
            UserStoreKind::Shared => self.allow_closing_own(forced),
            UserStoreKind::Both => Ok(()),
            UserStoreKind::Own => self.allow_closing(self.shared, self.shared_admins, forced),
        }
    }

    /// Whether the organization's own way in, a store or an identity provider, may be closed.
    ///
    /// # Errors
    /// What would be locked out.
    pub fn allow_closing_own(&self, forced: bool) -> Result<(), StoreRefusal> {
        self.allow_closing(self.own, self.own_admins, forced)
    }

    fn allow_closing(&self, members: u32, admins: u32, forced: bool) -> Result<(), StoreRefusal> {
        if admins > 0 && admins >= self.admins {
            return Err(StoreRefusal::NoAdmin);
        }
        if members > 0 && !forced {
            return Err(StoreRefusal::InUse(members));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connections_name_has_no_underscore_and_no_double_hyphen() {
        let id: OrganizationId = "org_Vq3kfGpRcXh2Tn7L".parse().unwrap();
        for (name, expected) in [
            ("acme", "acme-Vq3kfGpRcXh2Tn7L"),
            ("a_b--c", "a-b-c-Vq3kfGpRcXh2Tn7L"),
        ] {
            let name = OrganizationName::imported(name.to_owned()).unwrap();
            assert_eq!(connection_name(&name, &id), expected);
        }
    }

    #[test]
    fn nobody_is_locked_out_by_a_slip_and_never_the_last_administrator() {
        let used = StoreUse {
            admins: 2,
            shared: 3,
            shared_admins: 1,
            own: 1,
            own_admins: 1,
        };
        assert_eq!(used.allow(UserStoreKind::Both, false), Ok(()));
        let own = UserStoreKind::Own;
        assert_eq!(used.allow(own, false), Err(StoreRefusal::InUse(3)));
        assert_eq!(used.allow(own, true), Ok(()));
        let shared_only = StoreUse {
            shared_admins: 2,
            ..used
        };
        assert_eq!(shared_only.allow(own, true), Err(StoreRefusal::NoAdmin));
        let nobody = StoreUse::default();
        assert_eq!(nobody.allow(UserStoreKind::Shared, false), Ok(()));
    }
}
