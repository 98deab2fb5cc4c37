//! Whether members come through the organization's own identity providers, and who may come by another way for a while.

use chrono::{DateTime, Utc};
use domain::sso::{SsoReadiness, SsoStanding};
use domain::{Person, UserId};
use sqlx::postgres::PgRow;

use crate::memberships::membership_from;
use crate::{Listed, Membership, Page, StoreError, TenantTx, row};

/// An administrator's leave to come by another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenGlass {
    pub user: UserId,
    pub reason: String,
    /// The administrator, or a program of the operator's.
    pub opened_by: String,
    pub opened_at: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// A member whom enforcement would lock out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outsider {
    pub membership: Membership,
    pub glass_until: Option<DateTime<Utc>>,
}

impl TenantTx {
    /// Members who did not come through an enabled identity provider of the organization's, by user id.
    pub async fn sso_outsiders(
        &mut self,
        page: &Page<UserId>,
    ) -> Result<Listed<Outsider>, StoreError> {
        let after = page.after.as_ref().map_or("", AsRef::as_ref);
        let outsiders = self
            .statement(
                "select m.issuer, m.user_id, m.roles, m.email, m.name, m.picture, m.connection, m.joined_at, \
                 m.last_seen_at, g.until as glass_until from app.memberships m \
                 left join app.broken_glass g on g.org_id = $1 and g.user_id = m.user_id \
                 and 'org_admin' = any (m.roles) \
                 where m.org_id = $1 and m.user_id > $2 and not exists (select from app.identity_providers i \
                 where i.org_id = $1 and i.connection_name = m.connection and i.is_enabled and i.removal is null) \
                 order by m.user_id limit $3",
            )
            .bind(after.to_owned())
            .bind(page.probe_limit());
        let found = self.fetch_all(outsiders).await?;
        let outsiders = found.iter().map(|found| {
            Ok(Outsider {
                membership: membership_from(found)?,
                glass_until: row::value(found, "glass_until")?,
            })
        });
        let outsiders: Result<_, StoreError> = outsiders.collect();
        Ok(Listed::cut(outsiders?, page.limit))
    }

    pub async fn sso_readiness(&mut self) -> Result<SsoReadiness, StoreError> {
        self.readiness(None).await
    }

    /// What is left of it without this member.
    pub async fn sso_readiness_without(
        &mut self,
        user: &UserId,
    ) -> Result<SsoReadiness, StoreError> {
        self.readiness(Some(user)).await
    }

    /// Nobody breaks the glass whose account is blocked or whose user store is closed.
    async fn readiness(&mut self, without: Option<&UserId>) -> Result<SsoReadiness, StoreError> {
        let ready = self
            .statement(
                "select exists (select from app.identity_providers i where i.org_id = $1 and i.is_enabled \
                 and i.removal is null and i.tested_at is not null) as tested, \
                 exists (select from app.memberships m where m.org_id = $1 and 'org_admin' = any (m.roles) \
                 and m.user_id is distinct from $2 and not ops.is_blocked(m.issuer, m.user_id) \
                 and not exists (select from app.identity_providers i where i.org_id = $1 \
                 and i.connection_name = m.connection) \
                 and not exists (select from app.user_stores s where s.org_id = $1 \
                 and case s.kind when 'shared' then m.connection = s.connection_name \
                 when 'own' then m.user_id like 'auth0|%' and m.connection is distinct from s.connection_name \
                 else false end)) as glass_breaker",
            )
            .bind(without.map(|user| user.as_ref().to_owned()));
        let found = self.fetch_one(ready).await?;
        Ok(SsoReadiness {
            tested: row::value(&found, "tested")?,
            glass_breaker: row::value(&found, "glass_breaker")?,
        })
    }

    /// In the place of an earlier one.
    pub async fn break_glass(&mut self, broken: &BrokenGlass) -> Result<(), StoreError> {
        let save = self
            .statement(
                "insert into app.broken_glass (org_id, user_id, reason, opened_by, opened_at, until) \
                 values ($1, $2, $3, $4, $5, $6) on conflict (org_id, user_id) do update set \
                 reason = excluded.reason, opened_by = excluded.opened_by, opened_at = excluded.opened_at, \
                 until = excluded.until",
            )
            .bind(broken.user.as_ref().to_owned())
            .bind(broken.reason.clone())
            .bind(broken.opened_by.clone())
            .bind(broken.opened_at)
            .bind(broken.until);
        self.execute(save).await?;
        Ok(())
    }

    /// As it is for this person, who need not be a member.
    pub async fn sso_standing(&mut self, person: &Person) -> Result<SsoStanding, StoreError> {
        let ask = self
            .statement("select sso, connections, glass_until from app.sso_standing($1, $2)")
            .bind(person.user_id.as_ref().to_owned());
        standing_from(&self.fetch_one(ask).await?)
    }
}

pub(crate) fn standing_from(found: &PgRow) -> Result<SsoStanding, StoreError> {
    Ok(SsoStanding {
        policy: row::parsed(found, "sso")?,
        connections: row::value(found, "connections")?,
        glass_until: row::value(found, "glass_until")?,
    })
}
