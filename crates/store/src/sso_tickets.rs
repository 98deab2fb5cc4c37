//! Links for setting up single sign-on, as they are wanted and as far as Auth0 has made them.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::{IdentityProviderName, SsoTicketId, TicketState};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{Listed, Page, StoreError, TenantTx, row};

#[derive(Clone, PartialEq, Eq)]
pub struct SsoTicket {
    pub id: SsoTicketId,
    /// Of the identity provider that comes of it.
    pub name: IdentityProviderName,
    pub connection_name: String,
    pub display_name: String,
    /// As it was written down; time alone makes another one of it.
    pub state: TicketState,
    pub failure: Option<String>,
    /// The link, until it is over.
    pub sealed_ticket: Option<Vec<u8>>,
    /// A user's id, or `client:<id>`.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl TenantTx {
    pub async fn insert_sso_ticket(&mut self, new: &SsoTicket) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.sso_tickets (org_id, id, name, connection_name, display_name, state, created_by, created_at, \
                 updated_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(new.id.as_uuid())
            .bind(new.name.to_string())
            .bind(new.connection_name.clone())
            .bind(new.display_name.clone())
            .bind(new.state.as_str())
            .bind(new.created_by.clone())
            .bind(new.created_at)
            .bind(new.updated_at)
            .bind(new.expires_at);
        self.execute(insert).await?;
        Ok(())
    }

    /// Newest first.
    pub async fn sso_tickets(
        &mut self,
        page: &Page<SsoTicketId>,
    ) -> Result<Listed<SsoTicket>, StoreError> {
        let tickets = self
            .statement(
                "select * from app.sso_tickets where org_id = $1 and id < $2 order by id desc limit $3",
            )
            .bind(page.after.map_or(Uuid::max(), |id| id.as_uuid()))
            .bind(page.probe_limit());
        let found = self.fetch_all(tickets).await?;
        let tickets = found.iter().map(ticket_from).collect::<Result<_, _>>()?;
        Ok(Listed::cut(tickets, page.limit))
    }

    /// Those of which something may come, or of which a link is left.
    pub async fn unfinished_sso_tickets(&mut self) -> Result<Vec<SsoTicket>, StoreError> {
        let tickets = self.statement(
            "select * from app.sso_tickets \
             where org_id = $1 and (state in ('pending', 'open') or sealed_ticket is not null) order by id",
        );
        let found = self.fetch_all(tickets).await?;
        found.iter().map(ticket_from).collect()
    }

    pub async fn sso_ticket(&mut self, id: SsoTicketId) -> Result<Option<SsoTicket>, StoreError> {
        let ticket = self
            .statement("select * from app.sso_tickets where org_id = $1 and id = $2")
            .bind(id.as_uuid());
        let found = self.fetch_optional(ticket).await?;
        found.as_ref().map(ticket_from).transpose()
    }

    /// The row is this transaction's until it ends.
    pub async fn lock_sso_ticket(
        &mut self,
        id: SsoTicketId,
    ) -> Result<Option<SsoTicket>, StoreError> {
        let ticket = self
            .statement("select * from app.sso_tickets where org_id = $1 and id = $2 for update")
            .bind(id.as_uuid());
        let found = self.fetch_optional(ticket).await?;
        found.as_ref().map(ticket_from).transpose()
    }

    pub async fn save_sso_ticket(&mut self, ticket: &SsoTicket) -> Result<(), StoreError> {
        let save = self
            .statement(
                "update app.sso_tickets set state = $3, failure = $4, sealed_ticket = $5, updated_at = $6 \
                 where org_id = $1 and id = $2",
            )
            .bind(ticket.id.as_uuid())
            .bind(ticket.state.as_str())
            .bind(ticket.failure.clone())
            .bind(ticket.sealed_ticket.clone())
            .bind(ticket.updated_at);
        self.execute(save).await?;
        Ok(())
    }
}

impl fmt::Debug for SsoTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SsoTicket")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

fn ticket_from(found: &PgRow) -> Result<SsoTicket, StoreError> {
    Ok(SsoTicket {
        id: row::value::<Uuid>(found, "id")?.into(),
        name: row::parsed(found, "name")?,
        connection_name: row::value(found, "connection_name")?,
        display_name: row::value(found, "display_name")?,
        state: row::parsed(found, "state")?,
        failure: row::value(found, "failure")?,
        sealed_ticket: row::value(found, "sealed_ticket")?,
        created_by: row::value(found, "created_by")?,
        created_at: row::value(found, "created_at")?,
        updated_at: row::value(found, "updated_at")?,
        expires_at: row::value(found, "expires_at")?,
    })
}
