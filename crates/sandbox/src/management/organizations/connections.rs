//! `/organizations/{id}/enabled_connections`: which ways to log in an organization has.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{find, find_mut};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{OFFSET, Offset};
use crate::management::query::Query;
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::schema::{Kind, Schema, TEXT};
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::{Connection, EnabledConnection, Organization, Tenant};

/// Connections in one organization.
pub(super) const LIMIT: usize = 10;

pub(super) const ENABLED_CONNECTION: Schema = Schema {
    required: &["connection_id"],
    properties: &[
        ("connection_id", TEXT),
        ("assign_membership_on_login", Kind::Boolean),
        ("is_signup_enabled", Kind::Boolean),
        ("show_as_button", Kind::Boolean),
    ],
    open: false,
};

const PATCH: Schema = Schema {
    required: &[],
    properties: &[
        ("assign_membership_on_login", Kind::Boolean),
        ("is_signup_enabled", Kind::Boolean),
        ("show_as_button", Kind::Boolean),
    ],
    open: false,
};

#[derive(Deserialize)]
pub(super) struct NewEnabledConnection {
    connection_id: String,
    #[serde(flatten)]
    switches: Switches,
}

#[derive(Deserialize)]
struct Switches {
    assign_membership_on_login: Option<bool>,
    is_signup_enabled: Option<bool>,
    show_as_button: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct EnabledConnectionBody<'a> {
    connection_id: &'a str,
    assign_membership_on_login: bool,
    show_as_button: bool,
    /// Database connections only.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_signup_enabled: Option<bool>,
    connection: ConnectionSummary<'a>,
}

#[derive(Serialize)]
struct ConnectionSummary<'a> {
    name: &'a str,
    strategy: &'a str,
}

impl<'a> EnabledConnectionBody<'a> {
    pub(super) fn all(tenant: &'a Tenant, organization: &'a Organization) -> Vec<Self> {
        let known = |(id, enabled)| Some(Self::of(tenant.connections.get(id)?, enabled));
        organization.connections.iter().filter_map(known).collect()
    }

    fn of(connection: &'a Connection, enabled: &EnabledConnection) -> Self {
        Self {
            connection_id: &connection.id,
            assign_membership_on_login: enabled.assign_membership_on_login,
            show_as_button: enabled.show_as_button,
            is_signup_enabled: (connection.strategy == "auth0")
                .then_some(enabled.is_signup_enabled),
            connection: ConnectionSummary {
                name: &connection.name,
                strategy: &connection.strategy,
            },
        }
    }
}

impl NewEnabledConnection {
    pub(super) fn checked(self, tenant: &Tenant) -> Result<(String, EnabledConnection), Refusal> {
        let connection = find_connection(tenant, &self.connection_id)?;
        let fresh = EnabledConnection {
            show_as_button: true,
            ..EnabledConnection::default()
        };
        let enabled = self.switches.applied(connection, &fresh)?;
        Ok((self.connection_id, enabled))
    }
}

impl Switches {
    fn applied(
        &self,
        connection: &Connection,
        before: &EnabledConnection,
    ) -> Result<EnabledConnection, Refusal> {
        let after = EnabledConnection {
            assign_membership_on_login: self
                .assign_membership_on_login
                .unwrap_or(before.assign_membership_on_login),
            is_signup_enabled: self.is_signup_enabled.unwrap_or(before.is_signup_enabled),
            show_as_button: self.show_as_button.unwrap_or(before.show_as_button),
        };
        if after.is_signup_enabled
            && (connection.strategy != "auth0" || !after.assign_membership_on_login)
        {
            return Err(Refusal::body(
                "Only database connections with assign_membership_on_login = true support is_signup_enabled = true.",
            ));
        }
        Ok(after)
    }
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let (read, write) = (
        Bucket::ReadOrganizationConnections,
        Bucket::WriteOrganizationConnections,
    );
    let may_read: &'static [&str] = &["read:organization_connections"];
    cfg.service(
        path("/organizations/{id}/enabled_connections")
            .route(guarded(read, may_read, web::get().to(list)))
            .route(guarded(
                write,
                &["create:organization_connections"],
                web::post().to(enable),
            )),
    )
    .service(
        path("/organizations/{id}/enabled_connections/{connection_id}")
            .route(guarded(read, may_read, web::get().to(show)))
            .route(guarded(
                write,
                &["update:organization_connections"],
                web::patch().to(change),
            ))
            .route(guarded(
                write,
                &["delete:organization_connections"],
                web::delete().to(disable),
            )),
    );
}

async fn list(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[OFFSET])?;
    let offset = Offset::of(&query)?;
    state.read(|tenant| {
        let bodies = EnabledConnectionBody::all(tenant, find(tenant, &id)?);
        let count = bodies.len();
        Ok(offset.answer_with_limit("enabled_connections", bodies, count))
    })
}

async fn enable(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let new: NewEnabledConnection = payload::parse(&body, &ENABLED_CONNECTION)?;
    state.write(|tenant| {
        let (connection_id, enabled) = {
            find(tenant, &id)?;
            new.checked(tenant)?
        };
        let organization = find_mut(tenant, &id)?;
        if organization.connections.contains_key(&connection_id) {
            return Err(Refusal::conflict(
                None,
                "The connection is already enabled for this organization.",
            ));
        }
        if organization.connections.len() >= LIMIT {
            return Err(Refusal::body(format!(
                "An organization can have at most {LIMIT} enabled connections."
            )));
        }
        organization
            .connections
            .insert(connection_id.clone(), enabled);
        answer(HttpResponse::Created(), tenant, &id, &connection_id)
    })
}

async fn show(state: web::Data<State>, ids: web::Path<(String, String)>) -> Answer {
    state.read(|tenant| answer(HttpResponse::Ok(), tenant, &ids.0, &ids.1))
}

async fn change(
    state: web::Data<State>,
    ids: web::Path<(String, String)>,
    body: web::Bytes,
) -> Answer {
    let switches: Switches = payload::parse(&body, &PATCH)?;
    let (id, connection_id) = ids.into_inner();
    state.write(|tenant| {
        let connection = find_connection(tenant, &connection_id)?;
        let before = find_enabled(find(tenant, &id)?, &connection_id)?;
        let after = switches.applied(connection, before)?;
        find_mut(tenant, &id)?
            .connections
            .insert(connection_id.clone(), after);
        answer(HttpResponse::Ok(), tenant, &id, &connection_id)
    })
}

async fn disable(state: web::Data<State>, ids: web::Path<(String, String)>) -> Answer {
    state.write(|tenant| {
        find_mut(tenant, &ids.0)?.connections.remove(&ids.1);
        Ok(HttpResponse::NoContent().finish())
    })
}

fn answer(
    mut status: actix_web::HttpResponseBuilder,
    tenant: &Tenant,
    id: &str,
    connection_id: &str,
) -> Answer {
    let enabled = find_enabled(find(tenant, id)?, connection_id)?;
    Ok(status.json(EnabledConnectionBody::of(
        find_connection(tenant, connection_id)?,
        enabled,
    )))
}

fn find_connection<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a Connection, Refusal> {
    tenant
        .connections
        .get(id)
        .ok_or_else(|| Refusal::missing(Missing::EnabledConnection))
}

fn find_enabled<'a>(
    organization: &'a Organization,
    id: &str,
) -> Result<&'a EnabledConnection, Refusal> {
    organization
        .connections
        .get(id)
        .ok_or_else(|| Refusal::missing(Missing::EnabledConnection))
}
