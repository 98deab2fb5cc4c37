//! The organization's own domains, in the shapes of Auth0's My Organization API and with what became of their proofs.

mod create;
mod delete;
mod identity_providers;
mod list;
mod show;
mod verify;

use chrono::{DateTime, Utc};
use domain::domain_claim::lost_at;
use domain::{DomainId, OrganizationId};
use serde::Serialize;
use store::{Domain, NewAuditEvent};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::audit;
use crate::auth::Authorized;
use crate::middleware::RequestId;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(create::create)
        .service(show::show)
        .service(delete::delete)
        .service(verify::verify)
        .service(identity_providers::list);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Domain, examples(json!({
    "id": "ord_01Kqf2Zb8TnQ7sXw3yRv4C",
    "org_id": "org_Vq3kfGpRcXh2Tn7L",
    "domain": "acme.example",
    "status": "verified",
    "verification_txt": "tenantry-domain-verification=5b1d6a0f4c0e4f6f9d3a7d1c2b3e4f50",
    "verification_host": "_tenantry-challenge.acme.example",
    "failure": null,
    "verified_at": "2026-11-21T09:00:00Z",
    "warned_at": null,
    "lost_at": null,
    "checked_at": "2026-11-21T09:00:00Z",
    "created_at": "2026-11-21T08:55:00Z",
})))]
struct DomainBody {
    id: String,
    org_id: String,
    /// In lower case; other letters than those of ASCII as `xn--…`.
    domain: String,
    /// `pending`, `verified` or `failed`.
    status: &'static str,
    /// What a TXT record at `verification_host` must say, now and for as long as the domain is to stay verified.
    verification_txt: String,
    verification_host: String,
    /// Why it failed: `record_missing`, `no_answer` (of the name servers), `taken` or `looks_alike` (another
    /// organization was first), or `lost` (the record went away).
    failure: Option<&'static str>,
    verified_at: Option<DateTime<Utc>>,
    /// The record is missed since.
    warned_at: Option<DateTime<Utc>>,
    /// When the domain is lost unless the record is back.
    lost_at: Option<DateTime<Utc>>,
    checked_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl DomainBody {
    fn of(organization: &OrganizationId, domain: &Domain) -> Self {
        Self {
            id: domain.id.to_string(),
            org_id: organization.to_string(),
            domain: domain.name.to_string(),
            status: domain.status.as_str(),
            verification_txt: domain.verification_txt.clone(),
            verification_host: domain.name.challenge_host(),
            failure: domain.failure.map(domain::DomainFailure::as_str),
            verified_at: domain.verified_at,
            warned_at: domain.warned_at,
            lost_at: domain.warned_at.map(lost_at),
            checked_at: domain.checked_at,
            created_at: domain.created_at,
        }
    }
}

fn event<P>(
    caller: &Authorized<P>,
    action: &str,
    id: DomainId,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> NewAuditEvent {
    let user = &caller.token.person.user_id;
    NewAuditEvent {
        request_id: Some(request_id.to_string()),
        ..audit::by_person(user, action, format!("domain:{id}"), now)
    }
}
