//! Which domains lead to an identity provider at the login.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, post, web};
use domain::{DomainName, DomainStatus, Feature, IdentityProviderKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{IdentityProvider, NewAuditEvent, StoreError};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::target;
use crate::app::AppState;
use crate::audit;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::{Body, PathId};
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;
use crate::workflows::identity_provider;

const ROUTE: &str = "POST identity-providers/domains";

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityProviderDomain, examples(json!({ "domain": "acme.example" })))]
struct RoutedDomain {
    /// One of the organization's domains.
    #[schema(max_length = 253)]
    domain: String,
}

struct RoutingProblems;

impl IntoResponses for RoutingProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::DomainNotVerified, Code::DomainRouted])
    }
}

/// Sends whoever types an address of this domain at the login to this identity provider. The domain must be one that the
/// organization has proved, and leads to one identity provider only. The login follows within seconds.
#[utoipa::path(
    operation_id = "create_identity_provider_domain",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = RoutedDomain,
    responses(
        (status = 201, body = RoutedDomain),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        FeatureProblems,
        RoutingProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/identity-providers/{idp_id}/domains")]
pub(super) async fn create(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    id: PathId<IdentityProviderKey>,
    idempotency: Idempotency,
    body: Body<RoutedDomain>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let key = id.parse()?;
    let name = DomainName::parse(&body.parse()?.domain)
        .map_err(|refusal| Problem::invalid_field("domain", refusal.code(), refusal))?;
    let user = caller.token.person.user_id.clone();
    let begun = idempotency
        .begin(&mut caller.tx, &user, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    let provider = find(&mut caller, &key).await?;
    caller.guard(Feature::Sso, now).await?;
    require_proved(&mut caller, &name).await?;
    match caller.tx.route_domain(&name, &provider.name).await {
        Err(StoreError::Taken { .. }) => return Err(Problem::new(Code::DomainRouted)),
        routed => routed?,
    }
    identity_provider::push(&mut caller.tx, &provider.name, now).await?;
    let routed = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        after: Some(json!({ "domain": name.as_ref() })),
        ..audit::by_person(
            &user,
            "identity_provider.domain_added",
            target(&provider),
            now,
        )
    };
    caller.tx.insert_audit_event(&routed).await?;
    let body = RoutedDomain {
        domain: name.to_string(),
    };
    let response = attempt
        .finish(&mut caller.tx, StatusCode::CREATED, &body)
        .await?;
    caller.tx.commit().await?;
    Ok(response)
}

/// The login sends nobody to this identity provider by this domain any more.
#[utoipa::path(
    operation_id = "delete_identity_provider_domain",
    tag = "identity providers",
    params(("org_id" = String, Path), ("idp_id" = String, Path), ("domain" = String, Path)),
    responses((status = 204, description = "It leads nowhere"), TenantProblems),
)]
#[delete("/v1/orgs/{org_id}/identity-providers/{idp_id}/domains/{domain}")]
pub(super) async fn delete(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    http: HttpRequest,
    domain: PathId<DomainName>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let key = http.match_info().get("idp_id").unwrap_or_default().parse();
    let provider = find(&mut caller, &key.map_err(|_| Problem::not_found())?).await?;
    let name = domain.parse()?;
    // A domain that leads to another identity provider is not this one's to take away.
    let led = caller.tx.unroute_domain(&name).await?;
    if led.as_ref() != Some(&provider.name) {
        return Err(Problem::not_found());
    }
    identity_provider::push(&mut caller.tx, &provider.name, now).await?;
    let user = &caller.token.person.user_id;
    let unrouted = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        before: Some(json!({ "domain": name.as_ref() })),
        ..audit::by_person(
            user,
            "identity_provider.domain_removed",
            target(&provider),
            now,
        )
    };
    caller.tx.insert_audit_event(&unrouted).await?;
    caller.tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn find(
    caller: &mut Authorized<WriteIdentityProviders>,
    key: &IdentityProviderKey,
) -> Result<IdentityProvider, Problem> {
    let provider = caller.tx.identity_provider(key).await?;
    provider.ok_or_else(Problem::not_found)
}

/// The domain stays proved until the commit.
///
/// # Errors
/// 409 for a domain that is not the organization's, whoever else's it may be.
async fn require_proved(
    caller: &mut Authorized<WriteIdentityProviders>,
    name: &DomainName,
) -> Result<(), Problem> {
    let domain = match caller.tx.domain_named(name).await? {
        Some(domain) => caller.tx.lock_domain(domain.id).await?,
        None => None,
    };
    match domain {
        Some(domain) if domain.status == DomainStatus::Verified => Ok(()),
        Some(_) | None => Err(Problem::new(Code::DomainNotVerified)),
    }
}
