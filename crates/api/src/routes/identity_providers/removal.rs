//! What stands in the way of an identity provider's end, and how it is ordered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::user_store::StoreRefusal;
use domain::{IdentityProviderKey, IdentityProviderState, Removal};
use store::{IdentityProvider, NewAuditEvent, TenantTx};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use super::{target, told};
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::middleware::RequestId;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};
use crate::routes::way_back::WayBack;
use crate::workflows::identity_provider;

pub(super) struct RemovalProblems;

impl IntoResponses for RemovalProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::IdentityProviderInUse,
            Code::LastAdmin,
            Code::SsoEnforced,
        ])
    }
}

/// Nobody joins or leaves between the count and the commit.
///
/// # Errors
/// 409 while members log in through it. What [`WayBack`] refuses is asked for when it is saved.
pub(super) async fn may_close(
    tx: &mut TenantTx,
    provider: &IdentityProvider,
) -> Result<WayBack, Problem> {
    tx.lock_members().await?;
    let used = tx.store_use(&provider.connection_name).await?;
    used.allow_closing_own(false)
        .map_err(|refusal| match refusal {
            StoreRefusal::InUse(members) => Problem::new(Code::IdentityProviderInUse)
                .detail(format_args!("{members} members log in through it.")),
            StoreRefusal::NoAdmin => Problem::new(Code::LastAdmin).detail(refusal),
        })?;
    Ok(WayBack::before(tx).await?)
}

/// It is gone for people with the commit, which is the caller's, and at Auth0 right after. Answers what it was.
///
/// # Errors
/// See [`may_close`]; 404 when there is none.
pub(super) async fn order(
    caller: &mut Authorized<WriteIdentityProviders>,
    key: &IdentityProviderKey,
    removal: Removal,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> Result<IdentityProvider, Problem> {
    let found = caller.tx.identity_provider(key).await?;
    let before = found.ok_or_else(Problem::not_found)?;
    let way_back = may_close(&mut caller.tx, &before).await?;
    let after = IdentityProvider {
        state: IdentityProviderState::Pending,
        failure: None,
        removal: Some(removal),
        sealed_secrets: None,
        updated_at: now,
        ..before.clone()
    };
    let saved = caller.tx.save_identity_provider(&after).await?;
    saved.ok_or_else(|| Problem::new(Code::Conflict))?;
    way_back.keep(&mut caller.tx).await?;
    identity_provider::push(&mut caller.tx, &after.name, now).await?;
    let action = match removal {
        Removal::Delete => "identity_provider.deleted",
        Removal::Detach => "identity_provider.detached",
    };
    let event = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        before: Some(told(&before)),
        ..audit::by_person(&caller.token.person.user_id, action, target(&before), now)
    };
    caller.tx.insert_audit_event(&event).await?;
    Ok(before)
}
