//! `/organizations/{id}/discovery-domains`: the domains by which an organization is found at the login.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{find, find_mut};
use crate::ids;
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{CHECKPOINT, Checkpoint, Direction, End, Position};
use crate::management::query::Query;
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::schema::{Kind, Schema};
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::{DiscoveryDomain, Tenant};

/// Discovery domains of one organization.
const LIMIT: usize = 100;

const STATUS: Kind = Kind::OneOf(&["pending", "verified"]);

const NEW: Schema = Schema {
    required: &["domain"],
    properties: &[
        ("domain", Kind::Text(3, 255)),
        ("status", STATUS),
        ("use_for_organization_discovery", Kind::Boolean),
    ],
    open: false,
};

const PATCH: Schema = Schema {
    required: &[],
    properties: &[
        ("status", STATUS),
        ("use_for_organization_discovery", Kind::Boolean),
    ],
    open: false,
};

#[derive(Deserialize)]
struct New {
    domain: String,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Deserialize)]
struct Settings {
    status: Option<String>,
    use_for_organization_discovery: Option<bool>,
}

#[derive(Serialize)]
struct DiscoveryDomainBody<'a> {
    id: &'a str,
    domain: &'a str,
    status: &'a str,
    use_for_organization_discovery: bool,
    verification_txt: &'a str,
    verification_host: String,
}

impl<'a> DiscoveryDomainBody<'a> {
    fn of(domain: &'a DiscoveryDomain) -> Self {
        Self {
            id: &domain.id,
            domain: &domain.domain,
            status: &domain.status,
            use_for_organization_discovery: domain.use_for_organization_discovery,
            verification_txt: &domain.verification_txt,
            verification_host: format!("_auth0-challenge.{}", domain.domain),
        }
    }
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:organization_discovery_domains"];
    cfg.service(
        path("/organizations/{id}/discovery-domains")
            .route(guarded(Bucket::Other, read, web::get().to(list)))
            .route(guarded(
                Bucket::Other,
                &["create:organization_discovery_domains"],
                web::post().to(create),
            )),
    )
    .service(
        path("/organizations/{id}/discovery-domains/name/{domain}").route(guarded(
            Bucket::Other,
            read,
            web::get().to(by_name),
        )),
    )
    .service(
        path("/organizations/{id}/discovery-domains/{domain_id}")
            .route(guarded(Bucket::Other, read, web::get().to(show)))
            .route(guarded(
                Bucket::Other,
                &["update:organization_discovery_domains"],
                web::patch().to(change),
            ))
            .route(guarded(
                Bucket::Other,
                &["delete:organization_discovery_domains"],
                web::delete().to(remove),
            )),
    );
}

async fn list(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[CHECKPOINT])?;
    let checkpoint = Checkpoint::or_first(&query, state.clock().now())?;
    state.read(|tenant| {
        let domains = find(tenant, &id)?.discovery_domains.values();
        let rows = domains.map(|domain| {
            let position = Position {
                key: domain.id.clone(),
                id: domain.id.clone(),
            };
            (position, DiscoveryDomainBody::of(domain))
        });
        let rows = rows.collect();
        Ok(checkpoint.answer("domains", rows, Direction::Ascending, End::Known))
    })
}

async fn create(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let new: New = payload::parse(&body, &NEW)?;
    let name = new.domain.to_ascii_lowercase();
    let domain = DiscoveryDomain {
        id: ids::discovery_domain(),
        domain: name.clone(),
        status: new.settings.status.unwrap_or_else(|| "pending".to_owned()),
        use_for_organization_discovery: new.settings.use_for_organization_discovery.unwrap_or(true),
        verification_txt: format!("auth0-domain-verification={}", ids::opaque()),
    };
    state.write(|tenant| {
        require_free(tenant, &id, &domain)?;
        let organization = find_mut(tenant, &id)?;
        let mut known = organization.discovery_domains.values();
        if known.any(|known| known.domain == name) {
            return Err(taken());
        }
        if organization.discovery_domains.len() >= LIMIT {
            return Err(Refusal::body(format!(
                "An organization can have at most {LIMIT} discovery domains."
            )));
        }
        let answer = HttpResponse::Created().json(DiscoveryDomainBody::of(&domain));
        organization
            .discovery_domains
            .insert(domain.id.clone(), domain);
        Ok(answer)
    })
}

async fn by_name(state: web::Data<State>, at: web::Path<(String, String)>) -> Answer {
    state.read(|tenant| {
        let mut domains = find(tenant, &at.0)?.discovery_domains.values();
        let domain = domains.find(|domain| domain.domain == at.1);
        let domain = domain.ok_or_else(|| Refusal::missing(Missing::DiscoveryDomain))?;
        Ok(HttpResponse::Ok().json(DiscoveryDomainBody::of(domain)))
    })
}

async fn show(state: web::Data<State>, ids: web::Path<(String, String)>) -> Answer {
    state.read(|tenant| {
        let domain = find(tenant, &ids.0)?.discovery_domains.get(&ids.1);
        let domain = domain.ok_or_else(|| Refusal::missing(Missing::DiscoveryDomain))?;
        Ok(HttpResponse::Ok().json(DiscoveryDomainBody::of(domain)))
    })
}

async fn change(
    state: web::Data<State>,
    ids: web::Path<(String, String)>,
    body: web::Bytes,
) -> Answer {
    let settings: Settings = payload::parse(&body, &PATCH)?;
    state.write(|tenant| {
        let before = find(tenant, &ids.0)?.discovery_domains.get(&ids.1);
        let before = before.ok_or_else(|| Refusal::missing(Missing::DiscoveryDomain))?;
        let after = DiscoveryDomain {
            status: settings.status.unwrap_or_else(|| before.status.clone()),
            use_for_organization_discovery: settings
                .use_for_organization_discovery
                .unwrap_or(before.use_for_organization_discovery),
            ..before.clone()
        };
        require_free(tenant, &ids.0, &after)?;
        let answer = HttpResponse::Ok().json(DiscoveryDomainBody::of(&after));
        let organization = find_mut(tenant, &ids.0)?;
        organization
            .discovery_domains
            .insert(after.id.clone(), after);
        Ok(answer)
    })
}

async fn remove(state: web::Data<State>, ids: web::Path<(String, String)>) -> Answer {
    state.write(|tenant| {
        let removed = find_mut(tenant, &ids.0)?.discovery_domains.remove(&ids.1);
        match removed {
            Some(_) => Ok(HttpResponse::NoContent().finish()),
            None => Err(Refusal::missing(Missing::DiscoveryDomain)),
        }
    })
}

/// A login must know which organization a verified domain leads to.
fn require_free(tenant: &Tenant, id: &str, domain: &DiscoveryDomain) -> Result<(), Refusal> {
    let owner = tenant.owner_of_domain(&domain.domain);
    match owner.filter(|owner| domain.is_verified() && owner.id != id) {
        Some(_) => Err(taken()),
        None => Ok(()),
    }
}

fn taken() -> Refusal {
    Refusal::conflict(None, "A discovery domain with this name already exists.")
}
