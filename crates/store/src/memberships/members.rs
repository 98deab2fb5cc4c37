//! The members as they are listed and searched, and the lock under which their number of administrators is counted.

use domain::UserId;
use domain::member::JoinedBy;
use sqlx::postgres::PgRow;

use super::{Membership, membership_from};
use crate::{Listed, Page, StoreError, TenantTx, row};

/// A membership and what made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub membership: Membership,
    /// None for whoever was added at Auth0.
    pub joined_by: Option<JoinedBy>,
    /// Their account is blocked at Auth0.
    pub blocked: bool,
    /// The plan has fewer seats than members, and none for this one.
    pub over_limit: bool,
}

/// Whole members, those of the rest of the statement.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select m.issuer, m.user_id, m.roles, m.email, m.name, m.picture, m.connection, m.joined_at, \
             m.last_seen_at, m.joined_by, ops.is_blocked(m.issuer, m.user_id) as blocked, \
             coalesce((m.seat_rank, m.joined_at, m.user_id) \
                 >= (cut.seat_rank, cut.joined_at, cut.user_id), false) as over_limit \
             from app.memberships m left join app.seat_cut($1) cut on true ",
            $rest
        )
    };
}

/// One page; what the tests explain is what is asked.
#[doc(hidden)]
pub const MEMBERS: &str =
    select!("where m.org_id = $1 and m.user_id > $2 order by m.user_id limit $3");

/// One page of a search. U+10FFFF sorts after every character that occurs in a text.
#[doc(hidden)]
pub const MEMBERS_FOUND: &str = select!(
    "where m.org_id = $1 and m.user_id > $2 and ( \
         (m.name_key >= lower($4) and m.name_key < lower($4) || chr(1114111)) \
         or (m.name_from_second >= lower($4) and m.name_from_second < lower($4) || chr(1114111)) \
         or (m.name_from_third >= lower($4) and m.name_from_third < lower($4) || chr(1114111)) \
         or (m.name_last >= lower($4) and m.name_last < lower($4) || chr(1114111)) \
         or (m.email_key >= lower($4) and m.email_key < lower($4) || chr(1114111)) \
     ) order by m.user_id limit $3"
);

impl TenantTx {
    pub async fn member(&mut self, user: &UserId) -> Result<Option<Member>, StoreError> {
        let member = self
            .statement(select!("where m.org_id = $1 and m.user_id = $2"))
            .bind(user.as_ref().to_owned());
        self.fetch_optional(member)
            .await?
            .as_ref()
            .map(member_from)
            .transpose()
    }

    /// By user id.
    pub async fn members(&mut self, page: &Page<UserId>) -> Result<Listed<Member>, StoreError> {
        let after = page.after.as_ref().map_or("", AsRef::as_ref);
        let members = self
            .statement(MEMBERS)
            .bind(after.to_owned())
            .bind(page.probe_limit());
        listed(&self.fetch_all(members).await?, page)
    }

    /// By user id: those whose name, a word of it or e-mail address begins so, whatever the case.
    pub async fn search_members(
        &mut self,
        beginning: &str,
        page: &Page<UserId>,
    ) -> Result<Listed<Member>, StoreError> {
        let after = page.after.as_ref().map_or("", AsRef::as_ref);
        let search = self
            .statement(MEMBERS_FOUND)
            // Planned for this very text: few matches are found by it, many by walking the key.
            .persistent(false)
            .bind(after.to_owned())
            .bind(page.probe_limit())
            .bind(beginning.to_owned());
        listed(&self.fetch_all(search).await?, page)
    }

    /// One transaction at a time changes who administers the organization. Does not hold up what only refers to it.
    pub async fn lock_members(&mut self) -> Result<(), StoreError> {
        let lock =
            self.statement("select 1 from app.customers where org_id = $1 for no key update");
        self.execute(lock).await?;
        Ok(())
    }

    /// Says once how a member came.
    pub async fn note_joined(&mut self, user: &UserId, by: JoinedBy) -> Result<(), StoreError> {
        let note = self
            .statement(
                "update app.memberships set joined_by = $3 \
                 where org_id = $1 and user_id = $2 and joined_by is null",
            )
            .bind(user.as_ref().to_owned())
            .bind(by.as_str());
        self.execute(note).await?;
        Ok(())
    }

    /// Says otherwise how a member came, where it was noted as `before`.
    pub async fn correct_joined(
        &mut self,
        user: &UserId,
        before: JoinedBy,
        by: JoinedBy,
    ) -> Result<(), StoreError> {
        let correct = self
            .statement(
                "update app.memberships set joined_by = $4 \
                 where org_id = $1 and user_id = $2 and joined_by = $3",
            )
            .bind(user.as_ref().to_owned())
            .bind(before.as_str())
            .bind(by.as_str());
        self.execute(correct).await?;
        Ok(())
    }
}

fn listed(found: &[PgRow], page: &Page<UserId>) -> Result<Listed<Member>, StoreError> {
    let members = found.iter().map(member_from).collect::<Result<_, _>>()?;
    Ok(Listed::cut(members, page.limit))
}

fn member_from(found: &PgRow) -> Result<Member, StoreError> {
    Ok(Member {
        membership: membership_from(found)?,
        joined_by: row::parsed_if_any(found, "joined_by")?,
        blocked: row::value(found, "blocked")?,
        over_limit: row::value(found, "over_limit")?,
    })
}
