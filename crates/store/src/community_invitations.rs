//! Invitations into the community: the individual's side of them, and the organization's note of who sent them.

use chrono::{DateTime, Utc};
use domain::community::State;
use domain::invitation::InviteeEmail;
use domain::{IndividualId, InvitationId, Person};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{Listed, Page, StoreError, TenantTx, row};

/// In the individual's tenant. It has the id of the organization's invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommunityInvitation {
    pub id: InvitationId,
    pub email: InviteeEmail,
    pub inviter: Person,
    pub state: State,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl TenantTx {
    /// Newest first.
    pub async fn community_invitations(
        &mut self,
        page: &Page<InvitationId>,
    ) -> Result<Listed<CommunityInvitation>, StoreError> {
        let invitations = self
            .statement(
                "select id, email, inviter_issuer, inviter_user_id, state, failure, created_at, updated_at \
                 from app.community_invitations where org_id = $1 and id < $2 order by id desc limit $3",
            )
            .bind(page.after.map_or(Uuid::max(), |id| id.as_uuid()))
            .bind(page.probe_limit());
        let found = self.fetch_all(invitations).await?;
        let invitations = found.iter().map(invitation_from);
        Ok(Listed::cut(
            invitations.collect::<Result<_, _>>()?,
            page.limit,
        ))
    }

    pub async fn community_invitation(
        &mut self,
        id: InvitationId,
    ) -> Result<Option<CommunityInvitation>, StoreError> {
        let invitation = self
            .statement(
                "select id, email, inviter_issuer, inviter_user_id, state, failure, created_at, updated_at \
                 from app.community_invitations where org_id = $1 and id = $2",
            )
            .bind(id.as_uuid());
        let found = self.fetch_optional(invitation).await?;
        found.as_ref().map(invitation_from).transpose()
    }

    /// Those made after `since`, oldest first. From here to the end of the transaction nobody else makes one.
    pub async fn lock_community_invitations(
        &mut self,
        since: DateTime<Utc>,
    ) -> Result<Vec<CommunityInvitation>, StoreError> {
        self.lock_members().await?;
        let invitations = self
            .statement(
                "select id, email, inviter_issuer, inviter_user_id, state, failure, created_at, updated_at \
                 from app.community_invitations where org_id = $1 and created_at > $2 order by created_at",
            )
            .bind(since);
        let found = self.fetch_all(invitations).await?;
        found.iter().map(invitation_from).collect()
    }

    pub async fn insert_community_invitation(
        &mut self,
        invitation: &CommunityInvitation,
    ) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.community_invitations (org_id, id, email, inviter_issuer, inviter_user_id, state, \
                 failure, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(invitation.id.as_uuid())
            .bind(invitation.email.as_ref().to_owned())
            .bind(invitation.inviter.issuer.as_ref().to_owned())
            .bind(invitation.inviter.user_id.as_ref().to_owned())
            .bind(invitation.state.as_str())
            .bind(invitation.state.failure().map(|failure| failure.as_str()))
            .bind(invitation.created_at)
            .bind(invitation.updated_at);
        self.execute(insert).await?;
        Ok(())
    }

    pub async fn save_community_state(
        &mut self,
        id: InvitationId,
        state: State,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let save = self
            .statement(
                "update app.community_invitations set state = $3, failure = $4, updated_at = $5 \
                 where org_id = $1 and id = $2 and (state, failure) is distinct from ($3, $4)",
            )
            .bind(id.as_uuid())
            .bind(state.as_str())
            .bind(state.failure().map(|failure| failure.as_str()))
            .bind(now);
        self.execute(save).await?;
        Ok(())
    }

    /// In the organization's tenant: an individual sent this invitation.
    pub async fn insert_invitation_sponsor(
        &mut self,
        id: InvitationId,
        individual: &IndividualId,
    ) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.invitation_sponsors (org_id, invitation_id, individual) values ($1, $2, $3)",
            )
            .bind(id.as_uuid())
            .bind(individual.as_ref().to_owned());
        self.execute(insert).await?;
        Ok(())
    }

    /// The individual who sent it, if it was one.
    pub async fn invitation_sponsor(
        &mut self,
        id: InvitationId,
    ) -> Result<Option<IndividualId>, StoreError> {
        let sponsor = self
            .statement(
                "select individual from app.invitation_sponsors where org_id = $1 and invitation_id = $2",
            )
            .bind(id.as_uuid());
        let found = self.fetch_optional(sponsor).await?;
        found
            .as_ref()
            .map(|found| row::parsed(found, "individual"))
            .transpose()
    }
}

fn invitation_from(found: &PgRow) -> Result<CommunityInvitation, StoreError> {
    Ok(CommunityInvitation {
        id: row::value::<Uuid>(found, "id")?.into(),
        email: row::parsed(found, "email")?,
        inviter: Person {
            issuer: row::parsed(found, "inviter_issuer")?,
            user_id: row::parsed(found, "inviter_user_id")?,
        },
        state: match row::value::<String>(found, "state")?.as_str() {
            "sending" => State::Sending,
            "sent" => State::Sent,
            "accepted" => State::Accepted,
            "failed" => State::Failed(row::parsed(found, "failure")?),
            _ => return Err(StoreError::Unreadable { column: "state" }),
        },
        created_at: row::value(found, "created_at")?,
        updated_at: row::value(found, "updated_at")?,
    })
}
