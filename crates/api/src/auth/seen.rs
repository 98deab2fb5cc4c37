//! Notes when a member was last there. A transaction of its own, beside the request: it may neither slow it nor fail it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{OrganizationId, TenantId};
use store::{Membership, StoreError};

use crate::app::AppState;

/// How exactly that is known.
pub(crate) const PAUSE: TimeDelta = TimeDelta::hours(1);

pub(super) fn note(state: &AppState, organization: &OrganizationId, member: &Membership) {
    let now = state.clock.now();
    let is_known = member.last_seen_at.is_some_and(|seen| now - seen < PAUSE);
    if is_known || !state.seen.begin(organization, &member.person, now) {
        return;
    }
    let (state, organization, member) = (state.clone(), organization.clone(), member.clone());
    actix_web::rt::spawn(async move {
        if let Err(error) = write(&state, &organization, &member, now).await {
            tracing::warn!(%error, %organization, "when a member was last there could not be noted");
        }
    });
}

async fn write(
    state: &AppState,
    organization: &OrganizationId,
    member: &Membership,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let tenant = TenantId::from(organization.clone());
    let mut tx = state.store.tenant(&tenant).await?;
    tx.note_seen(&member.person.user_id, now, now - PAUSE)
        .await?;
    tx.commit().await
}
