//! What an invitation is to the rest of the tenant: open until a time, announced by a letter.

mod mail;

use chrono::{DateTime, Utc};

use crate::tenant::{Invitation, Organization};
pub(crate) use mail::mail;

impl Organization {
    /// Those that can still be accepted, by the sandbox's clock.
    pub(crate) fn open_invitations(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Invitation> {
        self.invitations
            .values()
            .filter(move |invitation| invitation.expires_at > now)
    }
}
