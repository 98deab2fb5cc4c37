//! Users who are to become members, until Auth0 has them.

use chrono::{DateTime, Utc};
use domain::{Person, Role, UserId};
use sqlx::postgres::PgRow;

use crate::memberships::texts;
use crate::{StoreError, TenantTx, row};

/// Whom an administrator wants as a member, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberAddition {
    pub person: Person,
    pub roles: Vec<Role>,
    pub requested_by: UserId,
    pub request_id: Option<String>,
    pub requested_at: DateTime<Utc>,
}

impl TenantTx {
    pub async fn member_addition(
        &mut self,
        user: &UserId,
    ) -> Result<Option<MemberAddition>, StoreError> {
        let addition = self
            .statement(
                "select issuer, user_id, roles, requested_by, request_id, requested_at from app.member_additions \
                 where org_id = $1 and user_id = $2",
            )
            .bind(user.as_ref().to_owned());
        self.fetch_optional(addition)
            .await?
            .as_ref()
            .map(addition_from)
            .transpose()
    }

    /// Inserts it, or replaces the one for the same user.
    pub async fn save_member_addition(
        &mut self,
        addition: &MemberAddition,
    ) -> Result<(), StoreError> {
        let save = self
            .statement(
                "insert into app.member_additions \
                 (org_id, user_id, issuer, roles, requested_by, request_id, requested_at) \
                 values ($1, $2, $3, $4, $5, $6, $7) \
                 on conflict (org_id, user_id) do update set issuer = excluded.issuer, roles = excluded.roles, \
                 requested_by = excluded.requested_by, request_id = excluded.request_id, \
                 requested_at = excluded.requested_at",
            )
            .bind(addition.person.user_id.as_ref().to_owned())
            .bind(addition.person.issuer.as_ref().to_owned())
            .bind(texts(&addition.roles))
            .bind(addition.requested_by.as_ref().to_owned())
            .bind(addition.request_id.clone())
            .bind(addition.requested_at);
        self.execute(save).await?;
        Ok(())
    }

    /// Takes it out and answers it; whoever else would do so at the same time finds none.
    pub async fn take_member_addition(
        &mut self,
        user: &UserId,
    ) -> Result<Option<MemberAddition>, StoreError> {
        let take = self
            .statement(
                "delete from app.member_additions where org_id = $1 and user_id = $2 \
                 returning issuer, user_id, roles, requested_by, request_id, requested_at",
            )
            .bind(user.as_ref().to_owned());
        self.fetch_optional(take)
            .await?
            .as_ref()
            .map(addition_from)
            .transpose()
    }
}

fn addition_from(found: &PgRow) -> Result<MemberAddition, StoreError> {
    Ok(MemberAddition {
        person: Person {
            issuer: row::parsed(found, "issuer")?,
            user_id: row::parsed(found, "user_id")?,
        },
        roles: row::parsed_list(found, "roles")?,
        requested_by: row::parsed(found, "requested_by")?,
        request_id: row::value(found, "request_id")?,
        requested_at: row::value(found, "requested_at")?,
    })
}
