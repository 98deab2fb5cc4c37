//! A member who may invite: by their role, or because the organization lets its members.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use domain::invitation::Reach;
use domain::role::Policies;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use store::Invitation;

use super::Authorized;
use super::authorized::Incoming;
use super::permissions::RequiredPermission;
use crate::problem::Problem;

/// As [`Authorized`]; whoever has `P` reaches all invitations, other members at most their own.
pub struct Inviter<P> {
    pub caller: Authorized<P>,
    pub reach: Reach,
}

impl<P: RequiredPermission> FromRequest for Inviter<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let incoming = Incoming::of(request, payload);
        async move {
            let changes = incoming.changes();
            let mut caller = Authorized::<P>::open(incoming).await?;
            // Whoever has the permission costs no look at the policies.
            let policies = match caller.may(P::PERMISSION) {
                true => Policies::default(),
                false => caller.tx.policies().await?,
            };
            let may = |permission| caller.may(permission);
            let reach = Reach::of(may, P::PERMISSION, policies);
            let reach = reach.ok_or_else(|| caller.refusal())?;
            caller.require_staying(changes).await?;
            caller.require_seat()?;
            Ok(Self { caller, reach })
        }
        .boxed_local()
    }
}

impl<P> Inviter<P> {
    /// Whether this invitation exists for the caller.
    pub fn reaches(&self, invitation: &Invitation) -> bool {
        self.reach == Reach::All || invitation.inviter == self.caller.token.person
    }
}
