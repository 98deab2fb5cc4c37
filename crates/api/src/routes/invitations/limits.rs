//! What holds invitations back besides the seats: too many e-mails. It is judged under the lock of the organization's
//! subscription as well, so that no two requests take the same place.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::invitation::{ADDRESS_LIMIT, InviteeEmail, ORGANIZATION_LIMIT};
use store::TenantTx;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};
use crate::routes::seats::SeatsProblems;

/// # Errors
/// 429 when one more e-mail to each of these would be too many.
pub(super) async fn require_quiet(
    tx: &mut TenantTx,
    emails: &[&InviteeEmail],
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let issues = tx.invitation_issues(ADDRESS_LIMIT.since(now)).await?;
    // The friends of individuals do not use up what the members may send.
    let own = issues.iter().filter(|issue| !issue.sponsored);
    let all: Vec<_> = own.map(|issue| issue.at).collect();
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

/// Of operations that send an invitation.
pub(super) struct SendingProblems;

impl IntoResponses for SendingProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = SeatsProblems::responses();
        responses.extend(responses_of(&[Code::LimitReached, Code::TooManyRequests]));
        responses
    }
}
