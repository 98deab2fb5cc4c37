//! The caller as a tenant of their own, with or without an organization.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Utc};
use domain::{IndividualId, Person};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use store::{OpenedIndividual, OpenedPerson, TenantTx};
use uuid::Uuid;

use super::{AccessToken, SignedIn};
use crate::app::AppState;
use crate::body;
use crate::client_address::client_address;
use crate::problem::{Code, Problem};
use crate::workflows::trial;

/// An open transaction in the caller's own tenant. The first call ever creates that tenant and starts its trial.
pub struct Me {
    pub person: Person,
    pub individual: IndividualId,
    pub tx: TenantTx,
    pub token: AccessToken,
}

impl FromRequest for Me {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed_in = SignedIn::from_request(request, payload);
        let arriving = body::arriving(request, payload);
        let request = request.clone();
        async move {
            let SignedIn(token) = signed_in.await?;
            // Whether it is a good one is for the handler to say.
            drop(arriving.await);
            let mut me = open(AppState::of(&request), token).await?;
            me.tx.came_from(client_address(&request));
            Ok(me)
        }
        .boxed_local()
    }
}

/// # Errors
/// 401 for a person who is none any more, 403 when their account is blocked.
pub(crate) async fn open(state: &AppState, token: AccessToken) -> Result<Me, Problem> {
    let now = state.clock.now();
    let person = token.person.clone();
    let new = IndividualId::from_uuid(Uuid::now_v7());
    let (mut opened, was_here) = find(state, &token, new.clone(), now).await?;
    if opened.blocked {
        return Err(Problem::new(Code::AccountBlocked));
    }
    if opened.created {
        // A trial is had once, also by whoever deletes their account and comes back.
        let days = if was_here { 0 } else { state.config.trial_days };
        // Committed on its own: the trial has begun even if the request that saw the person first is refused.
        trial::start(&mut opened.tx, &token, days, now).await?;
        if state.config.trial_per_domain {
            trial::look_at_domain(&mut opened.tx, &token, now).await?;
        }
        opened.tx.commit().await?;
        (opened, _) = find(state, &token, new, now).await?;
    }
    Ok(Me {
        person,
        individual: opened.individual,
        tx: opened.tx,
        token,
    })
}

/// # Errors
/// 401 when the token is from before the person's account was deleted.
async fn find(
    state: &AppState,
    token: &AccessToken,
    new: IndividualId,
    now: DateTime<Utc>,
) -> Result<(OpenedIndividual, bool), Problem> {
    let times = (now, token.issued_at);
    match state.store.person(&token.person, new, times).await? {
        OpenedPerson::Open { opened, was_here } => Ok((opened, was_here)),
        OpenedPerson::Closed => Err(Problem::new(Code::InvalidToken)),
    }
}
