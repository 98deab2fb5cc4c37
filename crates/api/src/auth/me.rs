//! The caller as a tenant of their own, with or without an organization.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use domain::{IndividualId, Person};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use store::TenantTx;
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

async fn open(state: &AppState, token: AccessToken) -> Result<Me, Problem> {
    let now = state.clock.now();
    let person = token.person.clone();
    let new = IndividualId::from_uuid(Uuid::now_v7());
    let mut opened = state.store.individual(&person, new.clone(), now).await?;
    if opened.blocked {
        return Err(Problem::new(Code::AccountBlocked));
    }
    if opened.created {
        // Committed on its own: the trial has begun even if the request that saw the person first is refused.
        trial::start(&mut opened.tx, &token, state.config.trial_days, now).await?;
        opened.tx.commit().await?;
        opened = state.store.individual(&person, new, now).await?;
    }
    Ok(Me {
        person,
        individual: opened.individual,
        tx: opened.tx,
        token,
    })
}
