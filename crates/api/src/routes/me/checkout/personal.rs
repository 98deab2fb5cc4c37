//! A personal plan is bought once: a second payment would buy nothing.

use chrono::{DateTime, Utc};
use domain::{ConversionStep, Plan, PlanChoice, State};
use store::{Conversion, Page, TenantTx};

use super::PAGE_IS_OPEN;
use crate::pagination::MAX_LIMIT;
use crate::problem::{Code, Problem};
use crate::routes::subscription;

/// The unpaid checkout whose page may still be open, to be gone on with. Two requests at once take turns.
///
/// # Errors
/// 409 when the personal plan runs or has a page with another interval, or when a plan for an organization was paid
/// that does not exist yet: the individual has one plan at a time.
pub(super) async fn open_checkout(
    tx: &mut TenantTx,
    choice: &PlanChoice,
    now: DateTime<Utc>,
) -> Result<Option<Conversion>, Problem> {
    tx.lock_subscription().await?;
    let current = subscription::subscription(tx).await?;
    if current.plan == Plan::Personal && current.is_live(now) {
        return Err(Problem::new(Code::PlanAlreadyActive));
    }
    if matches!(current.state, State::Activation { .. }) {
        return Err(Problem::new(Code::Conflict).detail(
            "A plan for an organization is paid; name the organization, then buy the personal plan.",
        ));
    }
    let newest = tx.conversions(&Page::first(MAX_LIMIT)).await?.items;
    let open = newest.into_iter().find(|found| {
        found.plan == Plan::Personal
            && found.step == ConversionStep::Requested
            && now < found.created_at + PAGE_IS_OPEN
    });
    match open {
        Some(open) if open.interval != choice.interval() => Err(Problem::new(Code::Conflict)
            .detail(
                "A payment page for the personal plan with another interval is open; pay there, \
                 or let it expire first.",
            )),
        open => Ok(open),
    }
}
