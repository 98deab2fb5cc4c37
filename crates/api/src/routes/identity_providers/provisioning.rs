//! Provisioning of an identity provider by SCIM, in the shapes of Auth0's My Organization API.
//!
//! What takes away is written here first and a job has Auth0 follow. What sets something up asks Auth0 while the request
//! waits, because a token is answered once; no connection is held meanwhile, and it is written here last.

mod create;
mod remove;
mod scim_tokens;
mod show;
mod update_attributes;

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use domain::provisioning::{Attribute, provisionable};
use domain::{
    ConnectionId, IdentityProviderKey, IdentityProviderState, OrganizationId, Permission, UserId,
    role,
};
use serde::Serialize;
use store::{IdentityProvider, Provisioning, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::AppState;
use crate::auth::Authorized;
use crate::body::PathId;
use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};

/// The identity provider is not the last parameter of every path here.
type ParentKey = PathId<IdentityProviderKey, 1>;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(show::show)
        .service(create::create)
        .service(remove::remove)
        .service(update_attributes::update_attributes)
        .configure(scim_tokens::all);
}

struct ProvisioningProblems;

impl IntoResponses for ProvisioningProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::Conflict, Code::Auth0Unavailable])
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provisioning, examples(json!({
    "identity_provider_id": "con_Vq3kfGpRcXh2Tn7L",
    "identity_provider_name": "okta",
    "strategy": "okta",
    "method": "scim",
    "scim_url": "https://acme.eu.auth0.com/scim/v2/connections/con_Vq3kfGpRcXh2Tn7L",
    "user_id_attribute": "externalId",
    "attributes": [{
        "provisioning_field": "userName", "user_attribute": "preferred_username",
        "is_required": true, "is_extra": false, "is_missing": false,
    }],
    "created_at": "2026-11-21T09:00:00Z",
    "updated_on": "2026-11-21T09:00:00Z",
})))]
struct ProvisioningBody {
    /// Null until Auth0 has a connection.
    identity_provider_id: Option<String>,
    identity_provider_name: String,
    strategy: &'static str,
    /// `scim`, or `none` while it is not set up.
    method: &'static str,
    /// To be pasted at the identity provider, with a token.
    scim_url: Option<String>,
    /// Which attribute of a person the id of a new account is made of; never changes.
    user_id_attribute: Option<String>,
    attributes: Vec<AttributeBody>,
    created_at: Option<DateTime<Utc>>,
    updated_on: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProvisionedAttribute)]
struct AttributeBody {
    /// As the identity provider sends it.
    provisioning_field: String,
    /// Of the account.
    user_attribute: String,
    is_required: bool,
    is_extra: bool,
    is_missing: bool,
}

impl ProvisioningBody {
    fn of(state: &AppState, provider: IdentityProvider, set_up: Option<Provisioning>) -> Self {
        let url = |of: &Provisioning| scim_url(state, &of.connection_id);
        Self {
            method: if set_up.is_some() { "scim" } else { "none" },
            scim_url: set_up.as_ref().map(url),
            user_id_attribute: set_up.as_ref().map(|of| of.user_id_attribute.clone()),
            created_at: set_up.as_ref().map(|of| of.created_at),
            updated_on: set_up.as_ref().map(|of| of.updated_at),
            attributes: set_up
                .map(|of| {
                    let required = of.user_id_attribute;
                    let all = of.attributes.into_iter();
                    all.map(|each| AttributeBody::of(each, &required)).collect()
                })
                .unwrap_or_default(),
            identity_provider_id: provider.connection_id.map(Into::into),
            identity_provider_name: provider.name.into(),
            strategy: provider.strategy.as_str(),
        }
    }
}

impl AttributeBody {
    fn of(attribute: Attribute, required: &str) -> Self {
        let field = &attribute.provisioning_field;
        Self {
            is_required: field == "userName" || field == required,
            is_extra: false,
            is_missing: false,
            provisioning_field: attribute.provisioning_field,
            user_attribute: attribute.user_attribute,
        }
    }
}

fn scim_url(state: &AppState, connection: &ConnectionId) -> String {
    let domain = &state.config.auth0.domain;
    format!("{domain}scim/v2/connections/{connection}")
}

async fn provider<P>(
    caller: &mut Authorized<P>,
    key: &IdentityProviderKey,
) -> Result<IdentityProvider, Problem> {
    let found = caller.tx.identity_provider(key).await?;
    found.ok_or_else(Problem::not_found)
}

/// # Errors
/// 409 for one that Auth0 does not provision, or has not made yet.
fn connection(provider: &IdentityProvider) -> Result<ConnectionId, Problem> {
    let refused = |why: &dyn std::fmt::Display| Problem::new(Code::Conflict).detail(why);
    provisionable(provider.strategy).map_err(|refusal| refused(&refusal))?;
    let ready = provider.state == IdentityProviderState::Ready;
    let id = provider.connection_id.clone().filter(|_| ready);
    id.ok_or_else(|| refused(&"The identity provider is not ready."))
}

async fn set_up(tx: &mut TenantTx, provider: &IdentityProvider) -> Result<Provisioning, Problem> {
    let found = tx.provisioning(&provider.name).await?;
    found.ok_or_else(|| Problem::new(Code::Conflict).detail("Provisioning is not set up."))
}

/// # Errors
/// 503 where the API has no credentials for Auth0.
fn auth0(state: &AppState) -> Result<&management::Client, Problem> {
    state.auth0.as_ref().ok_or_else(|| {
        tracing::error!("provisioning needs AUTH0_SCIM_CLIENT_ID where `serve` runs");
        Problem::new(Code::Auth0Unavailable)
    })
}

/// Auth0 refuses what is not there any more, and everything else that it refuses is a bug.
fn refused(error: &management::Error) -> Problem {
    match error {
        management::Error::Refused { status: 404, .. } => Problem::new(Code::Conflict)
            .detail("Auth0 has no such connection, or does not provision it."),
        error if matches!(error.class(), management::Class::Retry { .. }) => {
            tracing::warn!(%error, "Auth0 did not serve");
            Problem::new(Code::Auth0Unavailable).retry_after(5)
        }
        error => Problem::internal(error),
    }
}

/// Who asked, for the transaction after Auth0 has answered.
struct Asker {
    organization: OrganizationId,
    user: UserId,
    address: Option<IpAddr>,
}

impl Asker {
    fn of<P>(caller: &Authorized<P>) -> Self {
        Self {
            organization: caller.organization.clone(),
            user: caller.token.person.user_id.clone(),
            address: caller.tx.client_address(),
        }
    }

    /// Nobody is given anything that they might not have asked for by now.
    async fn again(&self, state: &AppState) -> Result<TenantTx, Problem> {
        let mut tx = state
            .store
            .tenant(&self.organization.clone().into())
            .await?;
        tx.came_from(self.address);
        tx.lock_members().await?;
        let member = tx.membership(&self.user).await?;
        let may = member
            .is_some_and(|member| role::allows(&member.roles, Permission::IdentityProvidersWrite));
        match may {
            true => Ok(tx),
            false => Err(Problem::new(Code::PermissionDenied)),
        }
    }
}
