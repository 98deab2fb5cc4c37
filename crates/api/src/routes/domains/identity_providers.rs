//! Which identity provider a domain leads to.

use actix_web::{get, web};
use domain::DomainId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Authorized;
use crate::auth::permissions::ReadIdentityProviders;
use crate::body::PathId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = DomainIdentityProviders)]
struct ProvidersBody {
    /// One at most.
    identity_providers: Vec<ProviderBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DomainIdentityProvider)]
struct ProviderBody {
    /// Null until Auth0 has made its connection.
    id: Option<String>,
    name: String,
    display_name: String,
}

/// The identity provider to which the login sends whoever types an address of this domain.
#[utoipa::path(
    operation_id = "list_domain_identity_providers",
    tag = "domains",
    params(("org_id" = String, Path), ("domain_id" = String, Path)),
    responses((status = 200, body = ProvidersBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/domains/{domain_id}/identity-providers")]
pub(super) async fn list(
    mut caller: Authorized<ReadIdentityProviders>,
    id: PathId<DomainId>,
) -> Result<web::Json<ProvidersBody>, Problem> {
    let domain = caller.tx.domain(id.parse()?).await?;
    let domain = domain.ok_or_else(Problem::not_found)?;
    let provider = caller.tx.identity_provider_for(&domain.name).await?;
    let bodies = provider.into_iter().map(|provider| ProviderBody {
        id: provider.connection_id.map(Into::into),
        name: provider.name.into(),
        display_name: provider.display_name,
    });
    Ok(web::Json(ProvidersBody {
        identity_providers: bodies.collect(),
    }))
}
