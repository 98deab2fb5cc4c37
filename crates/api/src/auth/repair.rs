//! Somebody holds a valid token of an organization in which we do not know them: they have just accepted an invitation,
//! or an event was lost. The request is refused and the worker told to ask Auth0; the next request finds the answer.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{OrganizationId, Person, TenantId};
use serde_json::json;
use store::StoreError;

use crate::app::AppState;
use crate::jobs::kind;

/// How often one person's calls in one organization lead to a question.
pub(crate) const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// The request is refused either way, so a failure here is for the log.
pub(super) async fn ask(state: &AppState, organization: &OrganizationId, person: &Person) {
    let now = state.clock.now();
    if !state.repairs.begin(organization, person, now) {
        return;
    }
    if let Err(error) = enqueue(state, organization, person, now).await {
        tracing::warn!(%error, %organization, "a membership could not be asked for");
    }
}

async fn enqueue(
    state: &AppState,
    organization: &OrganizationId,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut tx = state
        .store
        .tenant(&TenantId::from(organization.clone()))
        .await?;
    let payload = json!({ "issuer": person.issuer, "user_id": person.user_id });
    tx.enqueue(
        kind::MEMBERSHIP_PULL,
        person.user_id.as_ref(),
        &payload,
        now,
    )
    .await?;
    tx.commit().await
}
