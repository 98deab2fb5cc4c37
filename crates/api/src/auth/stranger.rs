//! Why somebody is refused who is no member: their account may be deleted, we do not know them yet, or there is no seat.

use domain::seats;
use domain::{OrganizationId, SeatsRefusal, Wanted};
use store::StoreError;

use super::{AccessToken, repair};
use crate::app::AppState;
use crate::problem::{Code, Problem};

pub(super) async fn refusal(
    state: &AppState,
    organization: &OrganizationId,
    token: &AccessToken,
) -> Result<Problem, Problem> {
    let standing = state.store.standing(&token.person, token.issued_at).await?;
    if standing.is_closed {
        return Ok(Problem::new(Code::InvalidToken));
    }
    repair::ask(state, organization, &token.person).await;
    let problem = Problem::new(Code::MembershipRequired);
    // The token says that Auth0 has let them in; whom nobody invited waits for a seat then.
    if is_full(state, organization).await? {
        let detail = "All seats of the organization are taken; whoever comes without an invitation becomes a member when one is free.";
        return Ok(problem.detail(detail));
    }
    Ok(problem)
}

async fn is_full(state: &AppState, organization: &OrganizationId) -> Result<bool, StoreError> {
    let now = state.clock.now();
    let mut tx = state.store.tenant(&organization.clone().into()).await?;
    let Some(record) = tx.subscription().await? else {
        return Ok(false);
    };
    let taken = tx.seats_taken(now).await?;
    let seat = seats::reserve(&record.subscription, taken, Wanted::More(1), now);
    Ok(matches!(seat, Err(SeatsRefusal::Full { .. })))
}
