//! What holds invitations back: a plan that has ended, too many e-mails, too few seats. All of it is judged under the
//! lock of the organization's subscription, so that no two requests take the same place.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::invitation::{ADDRESS_LIMIT, InviteeEmail, ORGANIZATION_LIMIT};
use store::TenantTx;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};

/// The seats of a live plan, with the lock held until the transaction ends.
///
/// # Errors
/// 402 when the plan has ended.
pub(super) async fn lock_seats(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<u32, Problem> {
    let record = tx.lock_subscription().await?;
    match record.filter(|record| record.subscription.is_live(now)) {
        Some(record) => Ok(record.subscription.seats()),
        None => Err(Problem::new(Code::SubscriptionExpired)),
    }
}

/// # Errors
/// 429 when one more e-mail to each of these would be too many.
pub(super) async fn require_quiet(
    tx: &mut TenantTx,
    emails: &[&InviteeEmail],
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let issues = tx.invitation_issues(ADDRESS_LIMIT.since(now)).await?;
    let all: Vec<_> = issues.iter().map(|issue| issue.at).collect();
    let to = |email: &InviteeEmail| -> Vec<_> {
        let same = issues.iter().filter(|issue| issue.email == *email);
        same.map(|issue| issue.at).collect()
    };
    let organization = ORGANIZATION_LIMIT.wait(&all, emails.len(), now);
    let addresses = emails
        .iter()
        .filter_map(|email| ADDRESS_LIMIT.wait(&to(email), 1, now));
    match addresses.chain(organization).max() {
        None => Ok(()),
        Some(wait) => Err(Problem::new(Code::TooManyRequests).retry_after(seconds(wait))),
    }
}

/// Whole seconds after which the wait is over for certain.
fn seconds(wait: TimeDelta) -> u32 {
    u32::try_from(wait.num_seconds() + 1).unwrap_or(1)
}

/// # Errors
/// 409 when members and pending invitations leave less than `more` of the seats.
pub(super) async fn require_seats(
    tx: &mut TenantTx,
    seats: u32,
    more: usize,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let taken = tx.seats_taken(now).await?;
    let wanted = u64::from(taken.members) + u64::from(taken.pending) + more as u64;
    if wanted <= u64::from(seats) {
        return Ok(());
    }
    Err(Problem::new(Code::NoSeatsLeft).detail(format_args!(
        "The plan has {seats} seats; {} members and {} pending invitations take them.",
        taken.members, taken.pending
    )))
}

/// Of operations that send an invitation.
pub(super) struct SendingProblems;

impl IntoResponses for SendingProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::SubscriptionExpired,
            Code::NoSeatsLeft,
            Code::TooManyRequests,
        ])
    }
}
