//! Whoever came by an invitation that was void and was let go again. Their account goes on naming it at Auth0.

use chrono::{DateTime, Utc};
use domain::{InvitationId, Person, TenantId};
use management::User;
use store::{Invitation, TenantTx};

use super::SETTLING;
use crate::workflows::{Context, Failure};

/// Auth0 has let them go.
pub(super) async fn note(
    context: &Context,
    tenant: &TenantId,
    id: InvitationId,
    person: &Person,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    tx.note_turned_away(id, &person.user_id, context.clock.now())
        .await?;
    Ok(tx.commit().await?)
}

/// They were turned away for this void invitation, Auth0 has let them go, and none of its links can be used any more: they
/// come another way now, and their account only still names it.
pub(super) async fn is_behind_them(
    tx: &mut TenantTx,
    invitation: &Invitation,
    user: &User,
    now: DateTime<Utc>,
) -> Result<bool, Failure> {
    if invitation.auth0_id.is_some() || !invitation.stale_auth0_ids.is_empty() {
        return Ok(false);
    }
    let turned_away = tx.turned_away_at(invitation.id, &user.user_id).await?;
    Ok(turned_away.is_some_and(|at| at + SETTLING <= now))
}
