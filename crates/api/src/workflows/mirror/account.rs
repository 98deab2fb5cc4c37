//! Whether Auth0 has blocked an account. It counts at once and everywhere; each organization's audit trail is told.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{Person, UserId};
use futures::TryStreamExt;
use management::User;
use store::{Membership, NewAuditEvent, TenantTx};

use super::pace::Pace;
use super::{Cause, member, person};
use crate::audit;
use crate::workflows::identity_provider::groups;
use crate::workflows::{Context, Failure};

/// One read of Auth0, and one of their groups where a directory keeps these there; what it says of the account counts
/// from here on.
pub(super) async fn read(context: &Context, person: &Person) -> Result<Option<User>, Failure> {
    match seen(context, person).await? {
        Some(user) => Ok(Some(groups::as_the_directory_says(context, user).await?)),
        None => Ok(None),
    }
}

/// The same without their groups.
pub(super) async fn seen(context: &Context, person: &Person) -> Result<Option<User>, Failure> {
    let asked_at = context.clock.now();
    let user = context.auth0.users().show(person.user_id.as_ref()).await?;
    let Some(user) = user else {
        return Ok(None);
    };
    note(context, person, &user, asked_at).await?;
    Ok(Some(user))
}

/// `asked_at` stands for the account's last change where Auth0 does not say when that was.
pub(super) async fn note(
    context: &Context,
    person: &Person,
    user: &User,
    asked_at: DateTime<Utc>,
) -> Result<(), Failure> {
    // Most people are never blocked and never have been.
    if user.blocked || context.store.is_blocked(person).await? {
        let as_of = user.updated_at.as_deref().and_then(|at| at.parse().ok());
        let as_of = as_of.unwrap_or(asked_at);
        context
            .store
            .note_account(person, user.blocked, as_of)
            .await?;
    }
    Ok(())
}

/// True when it was news to the organization.
pub(super) async fn tell(
    context: &Context,
    tx: &mut TenantTx,
    membership: &Membership,
    cause: Cause,
) -> Result<bool, Failure> {
    let person = &membership.person;
    let Some(blocked) = tx.tell_blocked(person).await? else {
        return Ok(false);
    };
    let action = match blocked {
        true => "member.blocked",
        false => "member.unblocked",
    };
    let target = format!("member:{}", person.user_id);
    let event: NewAuditEvent = audit::by_system(cause.job(), action, target, context.clock.now());
    tx.insert_audit_event(&event).await?;
    if blocked {
        member::note_without_admin(context, tx, membership, cause).await?;
    }
    Ok(true)
}

/// Finds who was blocked or unblocked without our being told. The search lags and says only whom to read.
pub(super) async fn compare(context: &Context, pace: &mut Pace) -> Result<(), Failure> {
    pace.turn(1).await;
    let theirs: Vec<String> = context.auth0.users().blocked().try_collect().await?;
    let theirs = theirs.iter().filter_map(|id| id.parse::<UserId>().ok());
    let theirs: BTreeSet<UserId> = theirs.collect();
    let ours = context.store.blocked_accounts(&issuer(context)).await?;
    let ours: BTreeSet<UserId> = ours.into_iter().collect();
    for user in ours.symmetric_difference(&theirs) {
        let person = member::person(context, user.clone());
        // The tenant may serve other products too.
        if !context.store.is_customer(&person).await? {
            continue;
        }
        pace.turn(1).await;
        person::refresh(context, &person, Cause::Reconciliation).await?;
    }
    Ok(())
}

fn issuer(context: &Context) -> domain::Issuer {
    let issuer = context.config.auth0.issuers.first();
    issuer.expect("the configuration has an issuer").clone()
}
