//! The tenant's subscription, one row; its state is flattened to columns that the table checks.

use chrono::{DateTime, Utc};
use domain::subscription::Terms;
use domain::{PaidTerm, State, Subscription};
use sqlx::postgres::PgRow;

use crate::{StoreError, TenantTx, row};

/// The subscription with what Stripe calls it.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionRecord {
    pub subscription: Subscription,
    pub stripe_customer_id: Option<String>,
    pub stripe_subscription_id: Option<String>,
    /// Look-up key of the price, e.g. `tenantry_team_month`.
    pub stripe_price: Option<String>,
    /// What begins with the next period, where it is less than what is paid now.
    pub next: Option<Terms>,
    /// The money for what ended no later than this went back: no news of it counts any more.
    pub refunded_until: Option<DateTime<Utc>>,
    /// Since when a payment is disputed.
    pub disputed_at: Option<DateTime<Utc>>,
    /// 0 before it is stored; the store raises it on save.
    pub version: i64,
}

impl SubscriptionRecord {
    /// A subscription that is not stored yet and that Stripe does not know.
    pub fn new(subscription: Subscription) -> Self {
        Self {
            subscription,
            stripe_customer_id: None,
            stripe_subscription_id: None,
            stripe_price: None,
            next: None,
            refunded_until: None,
            disputed_at: None,
            version: 0,
        }
    }
}

const INSERT: &str = "insert into app.subscriptions (org_id, plan, state, ends_at, billing_interval, seats, paid_until, \
     cancel_at_period_end, grace_until, since, stripe_customer_id, stripe_subscription_id, stripe_price, next_plan, \
     next_interval, next_seats, refunded_until, disputed_at, version) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19 + 1) on conflict (org_id) do nothing";

const UPDATE: &str = "update app.subscriptions set plan = $2, state = $3, ends_at = $4, billing_interval = $5, \
     seats = $6, paid_until = $7, cancel_at_period_end = $8, grace_until = $9, since = $10, stripe_customer_id = $11, \
     stripe_subscription_id = $12, stripe_price = $13, next_plan = $14, next_interval = $15, next_seats = $16, \
     refunded_until = $17, disputed_at = $18, version = version + 1 where org_id = $1 and version = $19";

impl TenantTx {
    pub async fn subscription(&mut self) -> Result<Option<SubscriptionRecord>, StoreError> {
        let subscription = self.statement(
            "select plan, state, ends_at, billing_interval, seats, paid_until, cancel_at_period_end, grace_until, since, \
             stripe_customer_id, stripe_subscription_id, stripe_price, next_plan, next_interval, next_seats, \
             refunded_until, disputed_at, version \
             from app.subscriptions where org_id = $1",
        );
        self.fetch_optional(subscription)
            .await?
            .as_ref()
            .map(record_from)
            .transpose()
    }

    /// The row is this transaction's until it ends.
    pub async fn lock_subscription(&mut self) -> Result<Option<SubscriptionRecord>, StoreError> {
        let subscription = self.statement(
            "select plan, state, ends_at, billing_interval, seats, paid_until, cancel_at_period_end, grace_until, since, \
             stripe_customer_id, stripe_subscription_id, stripe_price, next_plan, next_interval, next_seats, \
             refunded_until, disputed_at, version \
             from app.subscriptions where org_id = $1 for update",
        );
        self.fetch_optional(subscription)
            .await?
            .as_ref()
            .map(record_from)
            .transpose()
    }

    /// Inserts (version 0) or replaces it; the directory and the reminders follow. [`StoreError::Stale`] unless the version is the stored one.
    pub async fn save_subscription(
        &mut self,
        record: &SubscriptionRecord,
    ) -> Result<(), StoreError> {
        let columns = StateColumns::from(&record.subscription.state);
        let save = self
            .statement(if record.version == 0 { INSERT } else { UPDATE })
            .bind(record.subscription.plan.as_str())
            .bind(columns.state)
            .bind(columns.ends_at)
            .bind(columns.term.as_ref().map(|term| term.interval.as_str()))
            .bind(columns.term.as_ref().map(|term| i64::from(term.seats)))
            .bind(columns.term.as_ref().map(|term| term.paid_until))
            .bind(columns.cancel_at_period_end)
            .bind(columns.grace_until)
            .bind(columns.since)
            .bind(record.stripe_customer_id.clone())
            .bind(record.stripe_subscription_id.clone())
            .bind(record.stripe_price.clone())
            .bind(record.next.map(|next| next.plan.as_str()))
            .bind(record.next.map(|next| next.interval.as_str()))
            .bind(record.next.map(|next| i64::from(next.seats)))
            .bind(record.refunded_until)
            .bind(record.disputed_at)
            .bind(record.version);
        match self.execute(save).await? {
            0 => Err(StoreError::Stale),
            _ => {
                self.note_subscription(&record.subscription).await?;
                self.plan_reminders(record).await
            }
        }
    }
}

/// What of a state goes to which column; the table's checks say which belong together.
#[derive(Default)]
struct StateColumns {
    state: &'static str,
    ends_at: Option<DateTime<Utc>>,
    term: Option<PaidTerm>,
    cancel_at_period_end: Option<bool>,
    grace_until: Option<DateTime<Utc>>,
    since: Option<DateTime<Utc>>,
}

impl From<&State> for StateColumns {
    fn from(state: &State) -> Self {
        match state.clone() {
            State::Trial { ends_at } => Self {
                state: "trial",
                ends_at: Some(ends_at),
                ..Self::default()
            },
            State::Activation { term } => Self {
                state: "activation",
                term: Some(term),
                ..Self::default()
            },
            State::Active {
                term,
                cancel_at_period_end,
            } => Self {
                state: "active",
                term: Some(term),
                cancel_at_period_end: Some(cancel_at_period_end),
                ..Self::default()
            },
            State::PastDue { term, grace_until } => Self {
                state: "past_due",
                term: Some(term),
                grace_until: Some(grace_until),
                ..Self::default()
            },
            State::Expired { since } => Self {
                state: "expired",
                since: Some(since),
                ..Self::default()
            },
            State::Canceled { since } => Self {
                state: "canceled",
                since: Some(since),
                ..Self::default()
            },
        }
    }
}

pub(crate) fn record_from(found: &PgRow) -> Result<SubscriptionRecord, StoreError> {
    Ok(SubscriptionRecord {
        subscription: Subscription {
            plan: row::parsed(found, "plan")?,
            state: state_from(found)?,
        },
        stripe_customer_id: row::value(found, "stripe_customer_id")?,
        stripe_subscription_id: row::value(found, "stripe_subscription_id")?,
        stripe_price: row::value(found, "stripe_price")?,
        next: next_from(found)?,
        refunded_until: row::value(found, "refunded_until")?,
        disputed_at: row::value(found, "disputed_at")?,
        version: row::value(found, "version")?,
    })
}

fn state_from(found: &PgRow) -> Result<State, StoreError> {
    Ok(match row::value::<String>(found, "state")?.as_str() {
        "trial" => State::Trial {
            ends_at: row::value(found, "ends_at")?,
        },
        "activation" => State::Activation {
            term: term_from(found)?,
        },
        "active" => State::Active {
            term: term_from(found)?,
            cancel_at_period_end: row::value(found, "cancel_at_period_end")?,
        },
        "past_due" => State::PastDue {
            term: term_from(found)?,
            grace_until: row::value(found, "grace_until")?,
        },
        "expired" => State::Expired {
            since: row::value(found, "since")?,
        },
        "canceled" => State::Canceled {
            since: row::value(found, "since")?,
        },
        _ => return Err(StoreError::Unreadable { column: "state" }),
    })
}

fn next_from(found: &PgRow) -> Result<Option<Terms>, StoreError> {
    let Some(plan) = row::parsed_if_any(found, "next_plan")? else {
        return Ok(None);
    };
    Ok(Some(Terms {
        plan,
        interval: row::parsed(found, "next_interval")?,
        seats: row::count(found, "next_seats")?,
    }))
}

fn term_from(found: &PgRow) -> Result<PaidTerm, StoreError> {
    Ok(PaidTerm {
        interval: row::parsed(found, "billing_interval")?,
        seats: row::count(found, "seats")?,
        paid_until: row::value(found, "paid_until")?,
    })
}
