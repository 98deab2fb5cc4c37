//! A member of the organization in the path whose live role and whose token both allow `P`.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use domain::role;
use domain::seats::MORE_SEATS;
use domain::sso::SsoVerdict;
use domain::{Because, OrganizationId, Permission, SsoStanding};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use store::{Membership, OpenedOrganization, TenantTx};

use super::permissions::RequiredPermission;
use super::{AccessToken, SignedIn, seen, stranger};
use crate::app::AppState;
use crate::body;
use crate::client_address::client_address;
use crate::problem::{Code, Problem};

/// An open transaction in the organization, with the proof that the caller may be there.
pub struct Authorized<P> {
    pub tx: TenantTx,
    pub member: Membership,
    pub organization: OrganizationId,
    pub token: AccessToken,
    /// Known where `P` needs a seat: they have none.
    over_limit: bool,
    permission: PhantomData<P>,
}

impl<P: RequiredPermission> FromRequest for Authorized<P> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let incoming = Incoming::of(request, payload);
        async move {
            let changes = incoming.changes();
            let mut caller = Self::open(incoming).await?;
            if !caller.may(P::PERMISSION) {
                return Err(caller.refusal());
            }
            caller.require_staying(changes).await?;
            caller.require_seat()?;
            Ok(caller)
        }
        .boxed_local()
    }
}

/// A request whose token is being verified while its body arrives.
pub(super) struct Incoming {
    request: HttpRequest,
    signed_in: LocalBoxFuture<'static, Result<SignedIn, Problem>>,
    body: LocalBoxFuture<'static, ()>,
}

impl Incoming {
    pub(super) fn of(request: &HttpRequest, payload: &mut Payload) -> Self {
        Self {
            request: request.clone(),
            signed_in: SignedIn::from_request(request, payload),
            // Whether it is a good one is for the handler to say.
            body: body::arriving(request, payload).map(drop).boxed_local(),
        }
    }

    pub(super) fn changes(&self) -> bool {
        !self.request.method().is_safe()
    }
}

impl<P: RequiredPermission> Authorized<P> {
    /// # Errors
    /// 409 when it `changes` something in an organization that is to be deleted, unless `P` may.
    pub(super) async fn require_staying(&mut self, changes: bool) -> Result<(), Problem> {
        if changes && !P::WHILE_DELETING {
            require_staying(&mut self.tx).await?;
        }
        Ok(())
    }

    /// The member, whatever they may do.
    pub(super) async fn open(incoming: Incoming) -> Result<Self, Problem> {
        let Incoming {
            request,
            signed_in,
            body,
        } = incoming;
        let SignedIn(token) = signed_in.await?;
        let organization = addressed_organization(&request, &token)?;
        body.await;
        tracing::Span::current().record("org_id", organization.as_ref());
        let state = AppState::of(&request);
        let (mut tx, member, over_limit, sso) =
            enter(state, &organization, &token, P::PERMISSION).await?;
        let recorded = member.connection.as_deref();
        match sso.judge(recorded, token.connection.as_deref(), state.clock.now()) {
            SsoVerdict::Refused if !P::WITHOUT_SSO => return Err(sso_required(&sso)),
            SsoVerdict::Warned => drop(request.extensions_mut().insert(SsoWarning)),
            SsoVerdict::Refused | SsoVerdict::Passes => {}
        }
        tx.came_from(client_address(&request));
        Ok(Self {
            tx,
            member,
            organization,
            token,
            over_limit,
            permission: PhantomData,
        })
    }

    /// Lets the transaction go while something slow is awaited, and enters again by every check that let the caller in.
    ///
    /// # Errors
    /// What has changed for the caller meanwhile.
    pub async fn while_away<T>(
        self,
        state: &AppState,
        slow: impl Future<Output = T>,
    ) -> Result<(Self, T), Problem> {
        let Self {
            tx,
            organization,
            token,
            ..
        } = self;
        let address = tx.client_address();
        drop(tx);
        let found = slow.await;
        let (mut tx, member, over_limit, sso) =
            enter(state, &organization, &token, P::PERMISSION).await?;
        let recorded = member.connection.as_deref();
        let verdict = sso.judge(recorded, token.connection.as_deref(), state.clock.now());
        if matches!(verdict, SsoVerdict::Refused) && !P::WITHOUT_SSO {
            return Err(sso_required(&sso));
        }
        tx.came_from(address);
        let mut caller = Self {
            tx,
            member,
            organization,
            token,
            over_limit,
            permission: PhantomData,
        };
        if !caller.may(P::PERMISSION) {
            return Err(caller.refusal());
        }
        caller.require_staying(true).await?;
        caller.require_seat()?;
        Ok((caller, found))
    }

    pub(super) fn may(&self, permission: Permission) -> bool {
        role::allows(&self.member.roles, permission) && self.token.allows(permission)
    }

    pub(super) fn refusal(&self) -> Problem {
        let needed = format_args!("This needs {}.", P::PERMISSION.as_str());
        Problem::new(Code::PermissionDenied).detail(needed)
    }

    /// # Errors
    /// 402 for whoever is beyond the seats of the plan and needs one.
    pub(super) fn require_seat(&self) -> Result<(), Problem> {
        if self.over_limit {
            let detail =
                "The plan has fewer seats than members; until that changes, you can read only.";
            let problem = Problem::new(Code::OverLimit).detail(detail);
            return Err(problem.because(Because::OverLimit, MORE_SEATS));
        }
        Ok(())
    }
}

async fn enter(
    state: &AppState,
    organization: &OrganizationId,
    token: &AccessToken,
    permission: Permission,
) -> Result<(TenantTx, Membership, bool, SsoStanding), Problem> {
    let (store, person, issued_at) = (&state.store, &token.person, token.issued_at);
    let opened = if permission.needs_seat() {
        let opening = store.organization_to_write(organization, person, issued_at);
        opening.await?
    } else {
        store.organization(organization, person, issued_at).await?
    };
    let (mut tx, member, over_limit, sso) = match opened {
        OpenedOrganization::Member {
            tx,
            member,
            over_limit,
            sso,
        } => (tx, member, over_limit, sso),
        OpenedOrganization::Unknown => return Err(Problem::new(Code::InvalidToken)),
        OpenedOrganization::Blocked => return Err(Problem::new(Code::AccountBlocked)),
        OpenedOrganization::Suspended => return Err(Problem::new(Code::OrgSuspended)),
        OpenedOrganization::NotAMember => {
            return Err(stranger::refusal(state, organization, token).await?);
        }
    };
    // Only there if the Auth0 tenant allows organization names at the login; a name may have changed hands since.
    if let Some(claimed) = &token.organization_name {
        let customer = tx.customer().await?;
        let name = customer.and_then(|customer| customer.name);
        if name.is_none_or(|name| name.as_ref() != claimed) {
            return Err(Problem::new(Code::InvalidToken));
        }
    }
    seen::note(state, organization, &member);
    Ok((tx, member, over_limit, sso))
}

/// Marks a request of somebody whom the organization will refuse one day.
pub(crate) struct SsoWarning;

fn sso_required(sso: &SsoStanding) -> Problem {
    let detail = match sso.connections.as_slice() {
        [] => "The organization has no identity provider at the moment; an administrator can break the glass."
            .to_owned(),
        own => format!("Log in through the connection {}.", own.join(" or ")),
    };
    Problem::new(Code::SsoRequired)
        .detail(detail)
        .because(Because::Sso, "identity_provider")
}

/// # Errors
/// 409 when the organization is to be deleted.
pub(crate) async fn require_staying(tx: &mut TenantTx) -> Result<(), Problem> {
    match tx.deletion().await? {
        Some(deletion) if deletion.is_wanted() => {
            let until = format_args!(
                "It will be deleted at {}.",
                deletion.deletes_at.to_rfc3339()
            );
            Err(Problem::new(Code::OrganizationDeleting).detail(until))
        }
        Some(_) | None => Ok(()),
    }
}

/// A login outside any organization is no login to this one; another organization's does not learn that this one exists.
fn addressed_organization(
    request: &HttpRequest,
    token: &AccessToken,
) -> Result<OrganizationId, Problem> {
    let organization = token
        .organization
        .clone()
        .ok_or_else(|| Problem::new(Code::InvalidToken))?;
    if request.match_info().get("org_id") == Some(organization.as_ref()) {
        Ok(organization)
    } else {
        Err(Problem::not_found())
    }
}
