//! Invitations, and how often they went out.

use chrono::{DateTime, Utc};
use domain::invitation::{InviteeEmail, State, Status, TicketHash};
use domain::{InvitationId, Person, Role, UserId};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{Listed, Page, StoreError, TenantTx, row};

/// Whole invitations, those of the rest of the statement.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, email, roles, inviter_issuer, inviter_user_id, inviter_name, connection, locale, send_email, \
             ttl_seconds, expires_at, state, accepted_by, failure, ended_at, issue, auth0_id, stale_auth0_ids, \
             ticket_hash, sealed_link, vouched_for, created_at, updated_at, version from app.invitations ",
            $rest
        )
    };
}

mod issues;
mod look_up;
mod turned_away;

pub use issues::InvitationIssue;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub email: InviteeEmail,
    pub roles: Vec<Role>,
    /// Whose word it is that the invitee may join: who sent it last.
    pub inviter: Person,
    pub inviter_name: String,
    /// Name of the only connection that may be used to accept it.
    pub connection: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// Whether Auth0 writes to the invitee.
    pub send_email: bool,
    pub ttl_seconds: u32,
    pub expires_at: DateTime<Utc>,
    pub state: State,
    /// How often it was sent, from 1.
    pub issue: u32,
    /// What Auth0 calls this issue, once it has it.
    pub auth0_id: Option<String>,
    /// Earlier issues that Auth0 may still have.
    pub stale_auth0_ids: Vec<String>,
    /// Of this issue's ticket, once Auth0 has it.
    pub ticket_hash: Option<TicketHash>,
    /// Its link, which nobody mails, until it was told.
    pub sealed_link: Option<Vec<u8>>,
    /// Whom its own connection sent in although the address was another.
    pub vouched_for: Option<UserId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// 1 when inserted; the store raises it on save.
    pub version: i64,
}

impl Invitation {
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        self.state.status(self.expires_at, now)
    }

    /// Its next issue, for this connection. What Auth0 has of the one before is stale.
    #[must_use]
    pub fn sent_again(self, connection: Option<String>, now: DateTime<Utc>) -> Self {
        let mut after = Self {
            connection,
            issue: self.issue + 1,
            auth0_id: None,
            ticket_hash: None,
            sealed_link: None,
            vouched_for: None,
            updated_at: now,
            ..self
        };
        after.stale_auth0_ids.extend(self.auth0_id);
        after
    }
}

/// Which invitations a list has.
#[derive(Debug, Clone, Default)]
pub struct InvitationFilter {
    pub status: Option<Status>,
    pub inviter: Option<UserId>,
}

impl TenantTx {
    /// Newest first; those that the filter leaves, as they are at `now`.
    pub async fn invitations(
        &mut self,
        filter: &InvitationFilter,
        now: DateTime<Utc>,
        page: &Page<InvitationId>,
    ) -> Result<Listed<Invitation>, StoreError> {
        let (state, expired) = match filter.status {
            None => (None, None),
            Some(Status::Pending) => (Some("pending"), Some(false)),
            Some(Status::Expired) => (Some("pending"), Some(true)),
            Some(ended) => (Some(ended.as_str()), None),
        };
        let invitations = self
            .statement(select!(
                "where org_id = $1 and id < $2 and ($3::text is null or state = $3) \
                 and ($4::boolean is null or (expires_at <= $5) = $4) \
                 and ($7::text is null or inviter_user_id = $7) order by id desc limit $6"
            ))
            .bind(page.after.map_or(Uuid::max(), |id| id.as_uuid()))
            .bind(state)
            .bind(expired)
            .bind(now)
            .bind(page.probe_limit())
            .bind(
                filter
                    .inviter
                    .as_ref()
                    .map(|inviter| inviter.as_ref().to_owned()),
            );
        let found = self.fetch_all(invitations).await?;
        Ok(Listed::cut(
            found
                .iter()
                .map(invitation_from)
                .collect::<Result<_, _>>()?,
            page.limit,
        ))
    }

    pub async fn invitation(&mut self, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        let invitation = self
            .statement(select!("where org_id = $1 and id = $2"))
            .bind(id.as_uuid());
        self.fetch_optional(invitation)
            .await?
            .as_ref()
            .map(invitation_from)
            .transpose()
    }

    /// The row is this transaction's until it ends.
    pub async fn lock_invitation(
        &mut self,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        let invitation = self
            .statement(select!("where org_id = $1 and id = $2 for update"))
            .bind(id.as_uuid());
        self.fetch_optional(invitation)
            .await?
            .as_ref()
            .map(invitation_from)
            .transpose()
    }

    /// Those that can still be accepted at `now` by one of these addresses.
    pub async fn pending_invitations_to(
        &mut self,
        emails: &[InviteeEmail],
        now: DateTime<Utc>,
    ) -> Result<Vec<Invitation>, StoreError> {
        let pending = self
            .statement(select!(
                "where org_id = $1 and email = any($2) and state = 'pending' and expires_at > $3 order by id"
            ))
            .bind(texts(emails))
            .bind(now);
        self.fetch_all(pending)
            .await?
            .iter()
            .map(invitation_from)
            .collect()
    }

    /// Which of these addresses a member shows, for the answer to who invites; it says nothing about who that is.
    pub async fn emails_of_members(
        &mut self,
        emails: &[InviteeEmail],
    ) -> Result<Vec<String>, StoreError> {
        let known = self
            .statement(
                "select distinct lower(email) as email from app.memberships \
                 where org_id = $1 and lower(email) = any($2)",
            )
            .bind(texts(emails));
        let known = self.fetch_all(known).await?;
        known
            .iter()
            .map(|found| row::value(found, "email"))
            .collect()
    }

    pub async fn insert_invitation(&mut self, invitation: &Invitation) -> Result<(), StoreError> {
        let ended = EndColumns::from(&invitation.state);
        let insert = self
            .statement(
                "insert into app.invitations (org_id, id, email, roles, inviter_issuer, inviter_user_id, inviter_name, \
                 connection, locale, send_email, ttl_seconds, expires_at, state, accepted_by, failure, ended_at, issue, \
                 auth0_id, stale_auth0_ids, ticket_hash, vouched_for, created_at, updated_at, version, sealed_link) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
                 $21, $22, $23, $24, $25)",
            )
            .bind(invitation.id.as_uuid())
            .bind(invitation.email.as_ref().to_owned())
            .bind(
                invitation
                    .roles
                    .iter()
                    .map(|role| role.as_str().to_owned())
                    .collect::<Vec<_>>(),
            )
            .bind(invitation.inviter.issuer.as_ref().to_owned())
            .bind(invitation.inviter.user_id.as_ref().to_owned())
            .bind(invitation.inviter_name.clone())
            .bind(invitation.connection.clone())
            .bind(invitation.locale.clone())
            .bind(invitation.send_email)
            .bind(i64::from(invitation.ttl_seconds))
            .bind(invitation.expires_at)
            .bind(ended.state)
            .bind(ended.accepted_by)
            .bind(ended.failure)
            .bind(ended.at)
            .bind(i64::from(invitation.issue))
            .bind(invitation.auth0_id.clone())
            .bind(invitation.stale_auth0_ids.clone())
            .bind(invitation.ticket_hash.map(|hash| hash.as_ref().to_vec()))
            .bind(invitation.vouched_for.clone().map(String::from))
            .bind(invitation.created_at)
            .bind(invitation.updated_at)
            .bind(invitation.version)
            .bind(live_link(invitation));
        self.execute(insert).await?;
        Ok(())
    }

    /// Saves what can change of it. False when the stored version is not `invitation.version`.
    pub async fn save_invitation(&mut self, invitation: &Invitation) -> Result<bool, StoreError> {
        let ended = EndColumns::from(&invitation.state);
        let save = self
            .statement(
                "update app.invitations set inviter_issuer = $3, inviter_user_id = $4, inviter_name = $5, expires_at = $6, \
                 state = $7, accepted_by = $8, failure = $9, ended_at = $10, issue = $11, auth0_id = $12, \
                 stale_auth0_ids = $13, ticket_hash = $14, vouched_for = $15, connection = $16, updated_at = $17, \
                 sealed_link = $19, version = version + 1 where org_id = $1 and id = $2 and version = $18",
            )
            .bind(invitation.id.as_uuid())
            .bind(invitation.inviter.issuer.as_ref().to_owned())
            .bind(invitation.inviter.user_id.as_ref().to_owned())
            .bind(invitation.inviter_name.clone())
            .bind(invitation.expires_at)
            .bind(ended.state)
            .bind(ended.accepted_by)
            .bind(ended.failure)
            .bind(ended.at)
            .bind(i64::from(invitation.issue))
            .bind(invitation.auth0_id.clone())
            .bind(invitation.stale_auth0_ids.clone())
            .bind(invitation.ticket_hash.map(|hash| hash.as_ref().to_vec()))
            .bind(invitation.vouched_for.clone().map(String::from))
            .bind(invitation.connection.clone())
            .bind(invitation.updated_at)
            .bind(invitation.version)
            .bind(live_link(invitation));
        Ok(self.execute(save).await? > 0)
    }
}

/// Of an invitation that is over nothing is left to tell.
fn live_link(invitation: &Invitation) -> Option<Vec<u8>> {
    let is_pending = invitation.state == State::Pending;
    invitation.sealed_link.clone().filter(|_| is_pending)
}

fn texts(emails: &[InviteeEmail]) -> Vec<String> {
    emails
        .iter()
        .map(|email| email.as_ref().to_owned())
        .collect()
}

/// What of a state goes to which column; the table's checks say which belong together.
#[derive(Default)]
struct EndColumns {
    state: &'static str,
    accepted_by: Option<String>,
    failure: Option<&'static str>,
    at: Option<DateTime<Utc>>,
}

impl From<&State> for EndColumns {
    fn from(state: &State) -> Self {
        match state {
            State::Pending => Self {
                state: "pending",
                ..Self::default()
            },
            State::Accepted { by, at } => Self {
                state: "accepted",
                accepted_by: Some(by.as_ref().to_owned()),
                at: Some(*at),
                ..Self::default()
            },
            State::Revoked { at } => Self {
                state: "revoked",
                at: Some(*at),
                ..Self::default()
            },
            State::Failed { why, at } => Self {
                state: "failed",
                failure: Some(why.as_str()),
                at: Some(*at),
                ..Self::default()
            },
        }
    }
}

fn state_from(found: &PgRow) -> Result<State, StoreError> {
    let ended_at = || row::value(found, "ended_at");
    Ok(match row::value::<String>(found, "state")?.as_str() {
        "pending" => State::Pending,
        "accepted" => State::Accepted {
            by: row::parsed(found, "accepted_by")?,
            at: ended_at()?,
        },
        "revoked" => State::Revoked { at: ended_at()? },
        "failed" => State::Failed {
            why: row::parsed(found, "failure")?,
            at: ended_at()?,
        },
        _ => return Err(StoreError::Unreadable { column: "state" }),
    })
}

fn ticket_hash(found: &PgRow) -> Result<Option<TicketHash>, StoreError> {
    let hash: Option<Vec<u8>> = row::value(found, "ticket_hash")?;
    let hash = hash.map(|hash| <[u8; 32]>::try_from(hash).map(TicketHash::from));
    hash.transpose().map_err(|_| StoreError::Unreadable {
        column: "ticket_hash",
    })
}

fn invitation_from(found: &PgRow) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row::value::<Uuid>(found, "id")?.into(),
        email: row::parsed(found, "email")?,
        roles: row::parsed_list(found, "roles")?,
        inviter: Person {
            issuer: row::parsed(found, "inviter_issuer")?,
            user_id: row::parsed(found, "inviter_user_id")?,
        },
        inviter_name: row::value(found, "inviter_name")?,
        connection: row::value(found, "connection")?,
        locale: row::value(found, "locale")?,
        send_email: row::value(found, "send_email")?,
        ttl_seconds: row::count(found, "ttl_seconds")?,
        expires_at: row::value(found, "expires_at")?,
        state: state_from(found)?,
        issue: row::count(found, "issue")?,
        auth0_id: row::value(found, "auth0_id")?,
        stale_auth0_ids: row::value(found, "stale_auth0_ids")?,
        ticket_hash: ticket_hash(found)?,
        sealed_link: row::value(found, "sealed_link")?,
        vouched_for: row::parsed_if_any(found, "vouched_for")?,
        created_at: row::value(found, "created_at")?,
        updated_at: row::value(found, "updated_at")?,
        version: row::value(found, "version")?,
    })
}
