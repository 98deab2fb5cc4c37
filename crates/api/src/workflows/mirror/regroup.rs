//! A member whose groups at their identity provider are others than they were gets the roles that follow from that.

use domain::Role;
use management::User;
use serde_json::json;
use store::{Membership, NewAuditEvent, TenantTx};

use super::{Cause, member};
use crate::jobs::kind;
use crate::workflows::identity_provider::groups;
use crate::workflows::{Context, Failure};

/// The member's new roles, which the caller saves; a job has Auth0 follow. None when they stay as they are.
pub(super) async fn regroup(
    context: &Context,
    tx: &mut TenantTx,
    current: &Membership,
    user: &User,
    cause: Cause,
) -> Result<Option<Vec<Role>>, Failure> {
    let Some(roles) = groups::moved(tx, current, user).await? else {
        return Ok(None);
    };
    let user_id = &current.person.user_id;
    let payload = json!({ "user_id": user_id });
    let now = context.clock.now();
    tx.enqueue(kind::MEMBERSHIP, user_id.as_ref(), &payload, now)
        .await?;
    let event = NewAuditEvent {
        before: Some(json!({ "roles": current.roles })),
        after: Some(json!({ "roles": roles, "by": "groups" })),
        ..member::changed(context, current, "member.roles_changed", cause)
    };
    tx.insert_audit_event(&event).await?;
    Ok(Some(roles))
}
