//! A subscription on its way from one organization to another: begun in the giver's transaction, finished in that of
//! whoever has it afterwards.

use chrono::{DateTime, Utc};
use domain::{MoveId, OrganizationId};

use crate::subscriptions::record_from;
use crate::{StoreError, SubscriptionRecord, TenantTx, row};

/// What support asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscriptionMove {
    pub id: MoveId,
    pub to: OrganizationId,
    pub client_id: String,
    pub reason: String,
    pub request_id: Option<String>,
    pub requested_at: DateTime<Utc>,
}

/// A move that is not over.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionMove {
    pub from: OrganizationId,
    pub to: OrganizationId,
    /// What is moved, as the giver had it.
    pub record: SubscriptionRecord,
    pub client_id: String,
    pub reason: String,
    pub request_id: Option<String>,
}

impl TenantTx {
    /// Notes what this tenant has now and makes the receiver the owner of the customer and the subscription at Stripe.
    /// To be called under [`TenantTx::lock_subscription`], before the row loses what is moved. False while another move
    /// of either organization is not over.
    pub async fn begin_subscription_move(
        &mut self,
        new: &NewSubscriptionMove,
    ) -> Result<bool, StoreError> {
        let begin = self
            .statement(
                "select ops.begin_subscription_move(row($2, $3, to_jsonb(s), $4, $5, $6, $7)::ops.new_subscription_move) \
                 as begun from app.subscriptions s where s.org_id = $1",
            )
            .bind(new.id.as_uuid())
            .bind(new.to.as_ref().to_owned())
            .bind(new.client_id.clone())
            .bind(new.reason.clone())
            .bind(new.request_id.clone())
            .bind(new.requested_at);
        row::value(&self.fetch_one(begin).await?, "begun")
    }

    /// None once it is over. Role Worker.
    pub async fn subscription_move(
        &mut self,
        id: MoveId,
    ) -> Result<Option<SubscriptionMove>, StoreError> {
        let found = self
            .look_up(
                "select m.from_org, m.to_org, m.client_id, m.reason, m.request_id, s.* from ops.subscription_move($1) m \
                 cross join jsonb_populate_record(null::app.subscriptions, m.record) s",
            )
            .bind(id.as_uuid());
        let Some(found) = self.fetch_optional(found).await? else {
            return Ok(None);
        };
        Ok(Some(SubscriptionMove {
            from: row::parsed(&found, "from_org")?,
            to: row::parsed(&found, "to_org")?,
            record: record_from(&found)?,
            client_id: row::value(&found, "client_id")?,
            reason: row::value(&found, "reason")?,
            request_id: row::value(&found, "request_id")?,
        }))
    }

    /// Whether this tenant is to get the subscription with this id at Stripe, and has not yet. Role Worker.
    pub async fn subscription_is_coming(&mut self, stripe_id: &str) -> Result<bool, StoreError> {
        let ask = self
            .look_up("select ops.subscription_is_coming($1) as coming")
            .bind(stripe_id.to_owned());
        row::value(&self.fetch_one(ask).await?, "coming")
    }

    /// The move is over and this tenant has it: the receiver, or the giver again. False when it was over before. Role
    /// Worker.
    pub async fn finish_subscription_move(
        &mut self,
        id: MoveId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let finish = self
            .look_up("select ops.finish_subscription_move($1, $2) as finished")
            .bind(id.as_uuid())
            .bind(now);
        row::value(&self.fetch_one(finish).await?, "finished")
    }
}
