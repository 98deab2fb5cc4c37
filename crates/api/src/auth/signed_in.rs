//! Any person with a valid access token. Takes no database connection.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures::FutureExt;
use futures::future::LocalBoxFuture;

use super::{AccessToken, bearer};
use crate::app::AppState;
use crate::problem::Problem;

pub struct SignedIn(pub AccessToken);

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let state = AppState::of(&request);
            let token = bearer::token(request.headers())?;
            Ok(Self(state.verifier.verify(token, state.clock.now()).await?))
        }
        .boxed_local()
    }
}
