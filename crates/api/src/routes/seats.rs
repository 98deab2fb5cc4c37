//! The guard before whatever makes a member or promises to make one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{Because, SeatsRefusal, Wanted};
use store::TenantTx;
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};

/// Nobody else takes a seat from here to the end of the transaction.
///
/// # Errors
/// 402 when the plan has ended or has no members, 409 when it has too few seats.
pub(super) async fn reserve(
    tx: &mut TenantTx,
    wanted: Wanted,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    tx.reserve_seats(wanted, now).await??;
    Ok(())
}

impl From<SeatsRefusal> for Problem {
    fn from(refusal: SeatsRefusal) -> Self {
        let code = match refusal {
            SeatsRefusal::Ended => Code::SubscriptionExpired,
            SeatsRefusal::NotInPlan => Code::NotInPlan,
            SeatsRefusal::Full { .. } => Code::NoSeatsLeft,
        };
        Self::new(code)
            .detail(refusal)
            .because(Because::from(refusal), refusal.lifted_by())
    }
}

/// Of operations that call [`reserve`].
pub(super) struct SeatsProblems;

impl IntoResponses for SeatsProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::SubscriptionExpired,
            Code::NotInPlan,
            Code::NoSeatsLeft,
        ])
    }
}
