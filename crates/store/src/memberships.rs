//! Memberships: who belongs to the organization, and as what.

mod members;

use chrono::{DateTime, Utc};
use domain::{Person, Role, UserId};
use sqlx::postgres::PgRow;

use crate::{Listed, Page, StoreError, TenantTx, row};

pub use members::{MEMBERS, MEMBERS_FOUND, Member};

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
    pub async fn membership(&mut self, user: &UserId) -> Result<Option<Membership>, StoreError> {
        let membership = self
            .statement(
                "select issuer, user_id, roles, email, name, picture, connection, joined_at, last_seen_at \
                 from app.memberships where org_id = $1 and user_id = $2",
            )
            .bind(user.as_ref().to_owned());
        self.fetch_optional(membership)
            .await?
            .as_ref()
            .map(membership_from)
            .transpose()
    }

    /// By user id.
    pub async fn memberships(
        &mut self,
        page: &Page<UserId>,
    ) -> Result<Listed<Membership>, StoreError> {
        let after = page.after.as_ref().map_or("", AsRef::as_ref);
        let memberships = self
            .statement(
                "select issuer, user_id, roles, email, name, picture, connection, joined_at, last_seen_at \
                 from app.memberships where org_id = $1 and user_id > $2 order by user_id limit $3",
            )
            .bind(after.to_owned())
            .bind(page.probe_limit());
        let found = self.fetch_all(memberships).await?;
        Ok(Listed::cut(
            found
                .iter()
                .map(membership_from)
                .collect::<Result<_, _>>()?,
            page.limit,
        ))
    }

    /// Inserts or replaces it, with its entry among the person's organizations. Issuer, `joined_at` and `last_seen_at`
    /// stay what they were.
    pub async fn save_membership(&mut self, membership: &Membership) -> Result<(), StoreError> {
        let roles = texts(&membership.roles);
        let issuer = membership.person.issuer.as_ref().to_owned();
        let user_id = membership.person.user_id.as_ref().to_owned();
        let save = self
            .statement(
                "insert into app.memberships (org_id, issuer, user_id, roles, email, name, picture, connection, joined_at, \
                 last_seen_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 on conflict (org_id, user_id) do update set roles = excluded.roles, email = excluded.email, \
                 name = excluded.name, picture = excluded.picture, connection = excluded.connection",
            )
            .bind(issuer.clone())
            .bind(user_id.clone())
            .bind(roles.clone())
            .bind(membership.email.clone())
            .bind(membership.name.clone())
            .bind(membership.picture.clone())
            .bind(membership.connection.clone())
            .bind(membership.joined_at)
            .bind(membership.last_seen_at);
        self.execute(save).await?;
        let hint = self
            .look_up("select ops.hint_membership($1, $2, $3)")
            .bind(issuer)
            .bind(user_id)
            .bind(roles);
        self.execute(hint).await?;
        Ok(())
    }

    /// Notes that the member was there, unless that is known to be so since `known_since`.
    pub async fn note_seen(
        &mut self,
        user: &UserId,
        now: DateTime<Utc>,
        known_since: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let note = self
            .statement(
                "update app.memberships set last_seen_at = $3 \
                 where org_id = $1 and user_id = $2 and (last_seen_at is null or last_seen_at < $4)",
            )
            .bind(user.as_ref().to_owned())
            .bind(now)
            .bind(known_since);
        self.execute(note).await?;
        Ok(())
    }

    /// False when there was none.
    pub async fn delete_membership(&mut self, user: &UserId) -> Result<bool, StoreError> {
        let delete = self
            .statement(
                "delete from app.memberships where org_id = $1 and user_id = $2 returning issuer",
            )
            .bind(user.as_ref().to_owned());
        let Some(gone) = self.fetch_optional(delete).await? else {
            return Ok(false);
        };
        let forget = self
            .look_up("select ops.forget_membership($1, $2)")
            .bind(row::value::<String>(&gone, "issuer")?)
            .bind(user.as_ref().to_owned());
        self.execute(forget).await?;
        Ok(true)
    }
}

pub(crate) fn texts(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.as_str().to_owned()).collect()
}

pub(crate) fn membership_from(found: &PgRow) -> Result<Membership, StoreError> {
    Ok(Membership {
        person: Person {
            issuer: row::parsed(found, "issuer")?,
            user_id: row::parsed(found, "user_id")?,
        },
        roles: row::parsed_list(found, "roles")?,
        email: row::value(found, "email")?,
        name: row::value(found, "name")?,
        picture: row::value(found, "picture")?,
        connection: row::value(found, "connection")?,
        joined_at: row::value(found, "joined_at")?,
        last_seen_at: row::value(found, "last_seen_at")?,
    })
}
