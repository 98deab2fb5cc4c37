//! Says that a domain is the organization's.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::domain_claim::MAX_DOMAINS;
use domain::{DomainId, DomainName, DomainObstacle, DomainStatus, Feature, UserId};
use serde::Deserialize;
use serde_json::json;
use store::{Domain, NewAuditEvent, StoreError, TenantTx};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use super::{DomainBody, event};
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::WriteIdentityProviders;
use crate::body::Body;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::guard::FeatureProblems;

const ROUTE: &str = "POST domains";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDomain, examples(json!({ "domain": "acme.example" })))]
struct DomainRequest {
    /// A name that was registered, or one below it; in Unicode or in ASCII.
    #[schema(max_length = 253)]
    domain: String,
}

struct ClaimProblems;

impl IntoResponses for ClaimProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::DomainExists,
            Code::DomainTaken,
            Code::DomainLooksAlike,
            Code::TooManyDomains,
        ])
    }
}

/// Says that a domain is the organization's, and answers the TXT record that proves it. Nothing follows from it before it
/// is verified. Refused are public suffixes, domains in which anybody gets an e-mail address and what looks like one, and
/// what another organization has proved or what looks like that.
#[utoipa::path(
    operation_id = "create_domain",
    tag = "domains",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = DomainRequest,
    responses(
        (status = 201, body = DomainBody),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        FeatureProblems,
        ClaimProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/domains")]
pub(super) async fn create(
    mut caller: Authorized<WriteIdentityProviders>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<DomainRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let name = DomainName::parse(&body.parse()?.domain)
        .map_err(|refusal| Problem::invalid_field("domain", refusal.code(), refusal))?;
    let user_id = caller.token.person.user_id.clone();
    let begun = idempotency
        .begin(&mut caller.tx, &user_id, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    caller.guard(Feature::Sso, now).await?;
    require_free(&mut caller.tx, &name).await?;
    let domain = claim(name, user_id, now);
    match caller.tx.insert_domain(&domain).await {
        Err(StoreError::Taken { .. }) => return Err(Problem::new(Code::DomainExists)),
        inserted => inserted?,
    }
    let created = NewAuditEvent {
        after: Some(json!({ "domain": domain.name.as_ref() })),
        ..event(&caller, "domain.created", domain.id, *request_id, now)
    };
    caller.tx.insert_audit_event(&created).await?;
    let body = DomainBody::of(&caller.organization, &domain);
    let response = attempt
        .finish(&mut caller.tx, StatusCode::CREATED, &body)
        .await?;
    caller.tx.commit().await?;
    Ok(response)
}

/// # Errors
/// 409 when it is somebody's already, or the organization has too many.
async fn require_free(tx: &mut TenantTx, name: &DomainName) -> Result<(), Problem> {
    if tx.domain_named(name).await?.is_some() {
        return Err(Problem::new(Code::DomainExists));
    }
    if tx.count_domains().await? >= MAX_DOMAINS {
        return Err(Problem::new(Code::TooManyDomains));
    }
    match tx.domain_obstacle(name).await? {
        None => Ok(()),
        Some(DomainObstacle::Taken) => Err(Problem::new(Code::DomainTaken)),
        Some(DomainObstacle::LooksAlike) => Err(Problem::new(Code::DomainLooksAlike)),
    }
}

fn claim(name: DomainName, created_by: UserId, now: DateTime<Utc>) -> Domain {
    let nonce = Uuid::new_v4().simple();
    Domain {
        id: DomainId::from(Uuid::now_v7()),
        name,
        status: DomainStatus::Pending,
        failure: None,
        verification_txt: format!("tenantry-domain-verification={nonce}"),
        verified_at: None,
        warned_at: None,
        checked_at: None,
        created_by,
        created_at: now,
    }
}
