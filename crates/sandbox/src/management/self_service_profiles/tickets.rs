//! `/self-service-profiles/{id}/sso-ticket`: the address under which a connection is set up.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

use super::{find, missing};
use crate::ids;
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::refusal::{Answer, Refusal};
use crate::management::schema::{Kind, Schema, TEXTS};
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::{EnabledConnection, Metadata, SsoTicket, Tenant};

/// Seconds; five days, also where nothing or 0 is asked for.
const LONGEST: i64 = 432_000;

const ORGANIZATION: Schema = Schema {
    required: &["organization_id"],
    properties: &[
        ("organization_id", Kind::Text(1, 50)),
        ("assign_membership_on_login", Kind::Boolean),
        ("show_as_button", Kind::Boolean),
    ],
    open: false,
};

const CONNECTION: Schema = Schema {
    required: &["name"],
    properties: &[
        (
            "name",
            Kind::Pattern("^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$", is_name),
        ),
        ("display_name", Kind::Text(0, 128)),
        ("is_domain_connection", Kind::Boolean),
        ("show_as_button", Kind::Boolean),
        ("metadata", Kind::Pairs(10)),
        ("options", Kind::OrNull(&Kind::AnyObject)),
    ],
    open: false,
};

const BODY: Schema = Schema {
    required: &[],
    properties: &[
        ("connection_id", Kind::Text(1, 50)),
        ("connection_config", Kind::Object(&CONNECTION)),
        ("enabled_clients", TEXTS),
        (
            "enabled_organizations",
            Kind::List(&Kind::Object(&ORGANIZATION), 0, usize::MAX),
        ),
        ("ttl_sec", Kind::Integer(0, LONGEST)),
        ("domain_aliases_config", Kind::AnyObject),
        ("provisioning_config", Kind::AnyObject),
        ("use_for_organization_discovery", Kind::Boolean),
        ("enabled_features", Kind::AnyObject),
    ],
    open: false,
};

#[derive(Deserialize)]
struct Wanted {
    connection_id: Option<String>,
    connection_config: Option<Metadata>,
    #[serde(default)]
    enabled_clients: BTreeSet<String>,
    #[serde(default)]
    enabled_organizations: Vec<Organization>,
    #[serde(default)]
    ttl_sec: i64,
}

#[derive(Deserialize)]
struct Organization {
    organization_id: String,
    #[serde(default)]
    assign_membership_on_login: bool,
    show_as_button: Option<bool>,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        path("/self-service-profiles/{id}/sso-ticket").route(guarded(
            Bucket::Other,
            &["create:sso_access_tickets"],
            web::post().to(create),
        )),
    )
    .service(
        path("/self-service-profiles/{id}/sso-ticket/{ticket}/revoke").route(guarded(
            Bucket::Other,
            &["delete:sso_access_tickets"],
            web::post().to(revoke),
        )),
    );
}

async fn create(
    state: web::Data<State>,
    http: HttpRequest,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let wanted: Wanted = payload::parse(&body, &BODY)?;
    let (now, host) = (state.clock().now(), state.hosts().of(&http));
    state.write(|tenant| {
        find(tenant, &id)?;
        check(tenant, &wanted)?;
        let ttl = if wanted.ttl_sec == 0 {
            LONGEST
        } else {
            wanted.ttl_sec
        };
        let ticket = SsoTicket {
            profile_id: id.into_inner(),
            connection_id: wanted.connection_id,
            connection_config: wanted.connection_config,
            enabled_clients: wanted.enabled_clients,
            enabled_organizations: organizations(wanted.enabled_organizations),
            expires_at: now + TimeDelta::seconds(ttl),
            first_opened_at: None,
            openings: 0,
            revoked: false,
        };
        let secret = ids::ticket();
        let address = format!("{host}self-service/connections-flow?ticket={secret}");
        tenant.sso_tickets.insert(secret, ticket);
        Ok(HttpResponse::Created().json(json!({ "ticket": address })))
    })
}

fn check(tenant: &Tenant, wanted: &Wanted) -> Result<(), Refusal> {
    match (&wanted.connection_id, &wanted.connection_config) {
        (Some(_), Some(_)) => {
            return Err(Refusal::body(
                "Only one of connection_id and connection_config can be used.",
            ));
        }
        (None, None) => {
            return Err(Refusal::body(
                "One of connection_id and connection_config is required.",
            ));
        }
        (Some(id), None) if !tenant.connections.contains_key(id) => {
            return Err(Refusal::body("The connection does not exist"));
        }
        _ => {}
    }
    let mut organizations = wanted.enabled_organizations.iter();
    let unknown =
        organizations.find(|each| !tenant.organizations.contains_key(&each.organization_id));
    match unknown {
        Some(_) => Err(Refusal::body("No organization found by that id or name")),
        None => Ok(()),
    }
}

fn organizations(wanted: Vec<Organization>) -> BTreeMap<String, EnabledConnection> {
    let enabled = |each: Organization| {
        let switches = EnabledConnection {
            assign_membership_on_login: each.assign_membership_on_login,
            is_signup_enabled: false,
            show_as_button: each.show_as_button.unwrap_or(true),
        };
        (each.organization_id, switches)
    };
    wanted.into_iter().map(enabled).collect()
}

/// Taken and carried out at once; a ticket that is not there has nothing to be revoked.
async fn revoke(state: web::Data<State>, ids: web::Path<(String, String)>) -> Answer {
    let (profile, secret) = ids.into_inner();
    state.write(|tenant| {
        if !tenant.self_service_profiles.contains_key(&profile) {
            return Err(missing(&profile));
        }
        if let Some(ticket) = tenant.sso_tickets.get_mut(&secret)
            && ticket.profile_id == profile
        {
            ticket.revoked = true;
        }
        Ok(HttpResponse::Accepted().finish())
    })
}

fn is_name(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 128 && text.split('-').all(part)
}
