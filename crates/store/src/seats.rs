//! The one reservation of seats, and what it counts.

use chrono::{DateTime, Utc};
use domain::seats::{self, SeatsRefusal, SeatsTaken, Wanted};

use crate::{StoreError, TenantTx, row};

impl TenantTx {
    /// Locks the subscription, counts, and asks [`domain::seats::reserve`]; a seat that is granted stays free until this
    /// transaction ends. Whoever makes a member, or promises to, does it in the same transaction.
    ///
    /// Everybody locks in this order: seats, [`TenantTx::lock_members`], the rest.
    pub async fn reserve_seats(
        &mut self,
        wanted: Wanted,
        now: DateTime<Utc>,
    ) -> Result<Result<u32, SeatsRefusal>, StoreError> {
        // Every tenant is created together with its subscription; one without has bought nothing.
        let Some(record) = self.lock_subscription().await? else {
            return Ok(Err(SeatsRefusal::Ended));
        };
        let taken = self.seats_taken(now).await?;
        Ok(seats::reserve(&record.subscription, taken, wanted, now))
    }

    /// To be trusted until the end of the transaction only after [`TenantTx::lock_subscription`].
    pub async fn seats_taken(&mut self, now: DateTime<Utc>) -> Result<SeatsTaken, StoreError> {
        let taken = self
            .statement(
                "select (select count(*)::integer from app.memberships where org_id = $1) as members, \
                 (select count(*)::integer from app.invitations \
                  where org_id = $1 and state = 'pending' and expires_at > $2) as invitations, \
                 (select count(*)::integer from app.member_additions where org_id = $1) as additions",
            )
            .bind(now);
        let taken = self.fetch_one(taken).await?;
        Ok(SeatsTaken {
            members: row::count(&taken, "members")?,
            invitations: row::count(&taken, "invitations")?,
            additions: row::count(&taken, "additions")?,
        })
    }
}
