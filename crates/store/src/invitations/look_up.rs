//! Invitations by what others call them. A ticket or an id of another organization finds nothing.

use chrono::{DateTime, Utc};
use domain::invitation::TicketHash;

use super::{Invitation, invitation_from};
use crate::{StoreError, TenantTx, row};

impl TenantTx {
    /// The one whose present link has this ticket, whatever its state.
    pub async fn invitation_of_ticket(
        &mut self,
        ticket: TicketHash,
    ) -> Result<Option<Invitation>, StoreError> {
        let invitation = self
            .statement(select!("where org_id = $1 and ticket_hash = $2"))
            .bind(ticket.as_ref().to_vec());
        self.fetch_optional(invitation)
            .await?
            .as_ref()
            .map(invitation_from)
            .transpose()
    }

    /// Whether Auth0 may mean one of ours by this: it calls one so, or one is on its way there and its name not noted yet.
    pub async fn may_be_invitation_at_auth0(
        &mut self,
        auth0_id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let ask = self
            .statement(
                "select exists (select from app.invitations where org_id = $1 and auth0_id = $2) \
                 or exists (select from app.invitations \
                 where org_id = $1 and state = 'pending' and auth0_id is null and expires_at > $3) as known",
            )
            .bind(auth0_id.to_owned())
            .bind(now);
        row::value(&self.fetch_one(ask).await?, "known")
    }

    /// The one whose present issue Auth0 calls so; the row is this transaction's until it ends.
    pub async fn lock_invitation_at_auth0(
        &mut self,
        auth0_id: &str,
    ) -> Result<Option<Invitation>, StoreError> {
        let invitation = self
            .statement(select!("where org_id = $1 and auth0_id = $2 for update"))
            .bind(auth0_id.to_owned());
        self.fetch_optional(invitation)
            .await?
            .as_ref()
            .map(invitation_from)
            .transpose()
    }
}
