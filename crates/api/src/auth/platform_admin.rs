//! The operator's own back office: a program with a token from client credentials and the scope for it.

use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use domain::{IndividualId, OrganizationId, Person, TenantId};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use store::{Store, TenantTx};
use uuid::Uuid;

use super::{MachineToken, bearer};
use crate::app::AppState;
use crate::client_address::client_address;
use crate::problem::{Code, Problem};

const SCOPE: &str = "platform:admin";

/// A caller who may do what the back office may. Takes no database connection.
pub struct PlatformAdmin {
    /// As whom the program acts, in invitations and keys.
    pub person: Person,
    pub client_id: String,
    /// Connects as the role that looks organizations up across tenants.
    pub directory: Store,
    address: Option<IpAddr>,
}

impl FromRequest for PlatformAdmin {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let state = AppState::of(&request);
            let token = bearer::token(request.headers())?;
            let now = state.clock.now();
            let token = state.verifier.verify_machine(token, now).await?;
            require_scope(&token)?;
            let directory = state.platform.clone().ok_or_else(|| {
                Problem::not_found()
                    .detail("There is no back office here: DATABASE_PLATFORM_URL is not set.")
            })?;
            Ok(Self {
                person: token.person,
                client_id: token.client_id,
                directory,
                address: client_address(&request),
            })
        }
        .boxed_local()
    }
}

/// A program that was let into one organization is no back office, whatever else it was granted.
fn require_scope(token: &MachineToken) -> Result<(), Problem> {
    let has_scope = token.scopes.iter().any(|scope| scope == SCOPE);
    if has_scope && token.organization.is_none() {
        return Ok(());
    }
    let needed = format_args!("This needs the scope {SCOPE}, without an organization.");
    Err(Problem::new(Code::PermissionDenied).detail(needed))
}

impl PlatformAdmin {
    /// The back office's own tenant, where what it has begun is kept; all of its programs share it.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn own(&self, state: &AppState) -> Result<TenantTx, Problem> {
        let owner = Person::platform(&state.config.auth0.issuers[0]);
        let new = IndividualId::from_uuid(Uuid::now_v7());
        let now = state.clock.now();
        let mut tx = state.store.individual(&owner, new, now).await?.tx;
        tx.came_from(self.address);
        Ok(tx)
    }

    /// A transaction in this organization, if it is a customer.
    ///
    /// # Errors
    /// 404 when it is none.
    pub(crate) async fn organization(
        &self,
        state: &AppState,
        id: &OrganizationId,
    ) -> Result<TenantTx, Problem> {
        self.tenant(state, &TenantId::from(id.clone())).await
    }

    /// The same for either kind of customer.
    ///
    /// # Errors
    /// 404 when it is none.
    pub(crate) async fn tenant(
        &self,
        state: &AppState,
        tenant: &TenantId,
    ) -> Result<TenantTx, Problem> {
        let mut tx = state.store.tenant(tenant).await?;
        tx.came_from(self.address);
        match tx.customer().await? {
            Some(_) => Ok(tx),
            None => Err(Problem::not_found()),
        }
    }
}
