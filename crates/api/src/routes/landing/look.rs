//! A hint that an invitation's link was used up by the wrong account. It has Auth0's log read early and does nothing
//! else, so it is for everybody and says nothing.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{OrganizationId, TenantId};
use serde::Deserialize;
use store::StoreError;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use crate::app::AppState;
use crate::body::Body;
use crate::openapi::problems::{BodyProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::workflows::invitation::ticket_hash;

/// Between two readings of the log, whatever is asked for.
const PAUSE: Duration = Duration::from_secs(5);

/// How many hints one process takes in a second.
const AT_MOST: u32 = 20;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "organization": "org_Vq3kfGpRcXh2Tn7L", "invitation": "Mh3BJVTaC4nsZImXBzPulFiq5kFP1KLs" })))]
struct LookRequest {
    organization: String,
    /// The ticket of the link.
    invitation: String,
}

struct LookProblems;

impl IntoResponses for LookProblems {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::TooManyRequests, Code::DatabaseUnavailable])
    }
}

/// Says that a login with the link of an invitation was refused.
///
/// If an account that the invitation is not for has used it up, a new link goes to the invited address sooner. The
/// answer is the same for links that nobody ever had.
#[utoipa::path(
    operation_id = "report_refused_invitation",
    tag = "login",
    request_body = LookRequest,
    responses((status = 202, description = "We will look"), BodyProblems, LookProblems),
)]
#[post("/invitation")]
pub(super) async fn look(
    state: web::Data<AppState>,
    body: Body<LookRequest>,
) -> Result<HttpResponse, Problem> {
    let asked = body.parse()?;
    let now = state.clock.now();
    if !state.looks.take(now) {
        return Err(Problem::new(Code::TooManyRequests).retry_after(1));
    }
    if is_ours(&state, &asked).await? {
        let issuer = state.config.auth0.issuer();
        state.store.hint_auth0_log(issuer, PAUSE, now).await?;
    }
    Ok(HttpResponse::Accepted().finish())
}

/// The ticket opens the organization for this one question.
async fn is_ours(state: &AppState, asked: &LookRequest) -> Result<bool, StoreError> {
    let Ok(organization) = asked.organization.parse::<OrganizationId>() else {
        return Ok(false);
    };
    let mut tx = state.store.tenant(&TenantId::from(organization)).await?;
    let found = tx.invitation_of_ticket(ticket_hash(&asked.invitation));
    Ok(found.await?.is_some())
}

/// How many hints came in this second, in this process.
#[derive(Default)]
pub struct Looks(Mutex<Option<(DateTime<Utc>, u32)>>);

impl Looks {
    fn take(&self, now: DateTime<Utc>) -> bool {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = taken
            .filter(|(since, _)| now >= *since && now - *since < TimeDelta::seconds(1))
            .unwrap_or((now, 0));
        *taken = Some((since, count.saturating_add(1)));
        count < AT_MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_in_a_second_and_then_again() {
        let looks = Looks::default();
        let now = DateTime::UNIX_EPOCH;
        let taken = (0..30).filter(|_| looks.take(now)).count();
        assert_eq!(taken, 20);
        assert!(!looks.take(now + TimeDelta::milliseconds(999)));
        assert!(looks.take(now + TimeDelta::seconds(1)));
        assert!(looks.take(now - TimeDelta::days(1)));
    }
}
