//! What customers were reminded of, and who is.

use chrono::{DateTime, Utc};
use domain::reminder::{Reminder, first_look};
use domain::{Person, Role};
use serde_json::json;

use crate::{StoreError, SubscriptionRecord, TenantTx, row};

/// Name and key of a tenant's one job that looks for reminders that are due.
pub const REMINDERS_JOB: &str = "reminders";

impl SubscriptionRecord {
    /// Whether the payment provider charges for another period.
    pub fn renews(&self) -> bool {
        self.stripe_subscription_id.is_some()
    }
}

impl TenantTx {
    /// Every change of a subscription makes a job look, before the first reminder that it may lead to.
    pub(crate) async fn plan_reminders(
        &mut self,
        record: &SubscriptionRecord,
    ) -> Result<(), StoreError> {
        match first_look(&record.subscription, record.renews()) {
            Some(at) => {
                self.enqueue(REMINDERS_JOB, REMINDERS_JOB, &json!({}), at)
                    .await
            }
            None => Ok(()),
        }
    }

    /// False when this person was reminded of it before.
    pub async fn note_reminder(
        &mut self,
        reminder: &Reminder,
        person: &Person,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let note = self
            .statement(
                "insert into app.reminders (org_id, kind, ends_at, issuer, user_id, noted_at) \
                 values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            )
            .bind(reminder.kind.as_str())
            .bind(reminder.ends_at)
            .bind(person.issuer.as_ref().to_owned())
            .bind(person.user_id.as_ref().to_owned())
            .bind(now);
        Ok(self.execute(note).await? == 1)
    }

    /// The members who have one of these roles.
    pub async fn people_with_roles(&mut self, roles: &[Role]) -> Result<Vec<Person>, StoreError> {
        let roles: Vec<String> = roles.iter().map(|role| role.as_str().to_owned()).collect();
        let people = self
            .statement(
                "select issuer, user_id from app.memberships where org_id = $1 and roles && $2 order by user_id",
            )
            .bind(roles);
        let people = self.fetch_all(people).await?;
        people
            .iter()
            .map(|found| {
                Ok(Person {
                    issuer: row::parsed(found, "issuer")?,
                    user_id: row::parsed(found, "user_id")?,
                })
            })
            .collect()
    }

    /// Whether this individual belongs to an organization. Role Worker.
    pub async fn individual_has_organization(&mut self) -> Result<bool, StoreError> {
        let ask = self.look_up("select ops.individual_has_organization() as has");
        row::value(&self.fetch_one(ask).await?, "has")
    }
}
