//! Logins that are linked into an individual's account, and who is refused because of it.

use chrono::{DateTime, Utc};
use domain::identity_link::{LinkFailure, LinkState};
use domain::{IdentityLinkId, IndividualId, Person};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{Listed, Page, Store, StoreError, TenantTx, row};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityLink {
    pub id: IdentityLinkId,
    /// Whose account it is, or is to be.
    pub main: Person,
    /// Who the login was before.
    pub person: Person,
    pub state: LinkState,
    pub failure: Option<LinkFailure>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl TenantTx {
    /// Notes that a login is to become one of `link.main`, whose own tenant this is: from the commit on it is refused. A
    /// link of the two that failed before gives way. False when one of them takes part in another link. Role Api.
    pub async fn begin_link(&mut self, link: &IdentityLink) -> Result<bool, StoreError> {
        let issuer = link.person.issuer.as_ref().to_owned();
        let user_id = link.person.user_id.as_ref().to_owned();
        let claim = self
            .look_up("select ops.claim_link($1, $2, $3) as claimed")
            .bind(issuer.clone())
            .bind(user_id.clone())
            .bind(link.main.user_id.as_ref().to_owned());
        if !row::value::<bool>(&self.fetch_one(claim).await?, "claimed")? {
            return Ok(false);
        }
        let forget = self
            .statement(
                "delete from app.identity_links where org_id = $1 and issuer = $2 and user_id = $3 and state = 'failed'",
            )
            .bind(issuer.clone())
            .bind(user_id.clone());
        self.execute(forget).await?;
        let insert = self
            .statement(
                "insert into app.identity_links (org_id, id, issuer, main_user_id, user_id, state, created_at, updated_at) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(link.id.as_uuid())
            .bind(issuer)
            .bind(link.main.user_id.as_ref().to_owned())
            .bind(user_id)
            .bind(link.state.as_str())
            .bind(link.created_at)
            .bind(link.updated_at);
        self.execute(insert).await?;
        Ok(true)
    }

    /// By id, oldest first.
    pub async fn identity_links(
        &mut self,
        page: &Page<IdentityLinkId>,
    ) -> Result<Listed<IdentityLink>, StoreError> {
        let links = self
            .statement(
                "select id, issuer, main_user_id, user_id, state, failure, created_at, updated_at from app.identity_links \
                 where org_id = $1 and id > $2 order by id limit $3",
            )
            .bind(page.after.map_or(Uuid::nil(), |id| id.as_uuid()))
            .bind(page.probe_limit());
        let found = self.fetch_all(links).await?;
        let links = found.iter().map(link_from).collect::<Result<_, _>>()?;
        Ok(Listed::cut(links, page.limit))
    }

    /// The row is this transaction's until it ends.
    pub async fn lock_identity_link(
        &mut self,
        id: IdentityLinkId,
    ) -> Result<Option<IdentityLink>, StoreError> {
        let link = self
            .statement(
                "select id, issuer, main_user_id, user_id, state, failure, created_at, updated_at from app.identity_links \
                 where org_id = $1 and id = $2 for update",
            )
            .bind(id.as_uuid());
        let found = self.fetch_optional(link).await?;
        found.as_ref().map(link_from).transpose()
    }

    pub async fn save_identity_link(&mut self, link: &IdentityLink) -> Result<(), StoreError> {
        let save = self
            .statement(
                "update app.identity_links set state = $3, failure = $4, updated_at = $5 where org_id = $1 and id = $2",
            )
            .bind(link.id.as_uuid())
            .bind(link.state.as_str())
            .bind(link.failure.map(LinkFailure::as_str))
            .bind(link.updated_at);
        self.execute(save).await?;
        Ok(())
    }

    pub async fn delete_identity_link(&mut self, id: IdentityLinkId) -> Result<(), StoreError> {
        let delete = self
            .statement("delete from app.identity_links where org_id = $1 and id = $2")
            .bind(id.as_uuid());
        self.execute(delete).await?;
        Ok(())
    }

    /// Tokens that were issued until now to the person whose own tenant this is are refused from the commit on.
    pub async fn end_logins(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let end = self.look_up("select ops.end_logins($1)").bind(now);
        self.execute(end).await?;
        Ok(())
    }

    /// The login is somebody of their own again. Role Worker.
    pub async fn release_link(&mut self, person: &Person) -> Result<(), StoreError> {
        let release = self
            .look_up("select ops.release_link($1, $2)")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned());
        self.execute(release).await?;
        Ok(())
    }

    /// Marks the own tenant of a person who is linked away for its erasure, due at once. [`StoreError::Tenant`] unless
    /// this is it. Role Worker.
    pub async fn close_linked_person(
        &mut self,
        person: &Person,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let close = self
            .look_up("select ops.close_linked_person($1, $2, $3)")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned())
            .bind(now);
        self.execute(close).await?;
        Ok(())
    }
}

impl Store {
    /// Whether this login has become one of another account.
    pub async fn is_linked(&self, person: &Person) -> Result<bool, StoreError> {
        let linked = self
            .statement("select ops.is_linked($1, $2) as linked")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned());
        row::value(&self.fetch_one(linked).await?, "linked")
    }

    /// The person's own tenant, if they ever had one.
    pub async fn individual_of(&self, person: &Person) -> Result<Option<IndividualId>, StoreError> {
        let own = self
            .statement("select ops.individual_of($1, $2) as individual_id")
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned());
        row::parsed_if_any(&self.fetch_one(own).await?, "individual_id")
    }
}

fn link_from(found: &PgRow) -> Result<IdentityLink, StoreError> {
    Ok(IdentityLink {
        id: row::value::<Uuid>(found, "id")?.into(),
        main: Person {
            issuer: row::parsed(found, "issuer")?,
            user_id: row::parsed(found, "main_user_id")?,
        },
        person: Person {
            issuer: row::parsed(found, "issuer")?,
            user_id: row::parsed(found, "user_id")?,
        },
        state: row::parsed(found, "state")?,
        failure: row::parsed_if_any(found, "failure")?,
        created_at: row::value(found, "created_at")?,
        updated_at: row::value(found, "updated_at")?,
    })
}
