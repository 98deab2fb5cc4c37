//! `/tickets`: links for a new password.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::call::guarded;
use super::refusal::{Answer, Missing, Refusal};
use super::schema::{Kind, Schema};
use super::users::{EMAIL, USER_ID};
use super::{path, payload};
use crate::limits::Bucket;
use crate::password_tickets::PasswordTicket;
use crate::state::State;
use crate::tenant::Tenant;

const BODY: Schema = Schema {
    required: &[],
    properties: &[
        ("user_id", USER_ID),
        (
            "connection_id",
            Kind::Pattern("^con_[A-Za-z0-9]{16}$", is_connection),
        ),
        ("email", EMAIL),
        ("ttl_sec", Kind::Integer(0, i64::MAX)),
        ("mark_email_as_verified", Kind::Boolean),
        ("includeEmailInRedirect", Kind::Boolean),
        ("client_id", Kind::Text(1, 64)),
        (
            "organization_id",
            Kind::Format("organization-id", is_organization),
        ),
        ("result_url", Kind::Format("url", is_url)),
    ],
    open: false,
};

#[derive(Deserialize)]
struct Wanted {
    user_id: Option<String>,
    connection_id: Option<String>,
    email: Option<String>,
    ttl_sec: Option<i64>,
    #[serde(default)]
    mark_email_as_verified: bool,
    #[serde(default, rename = "includeEmailInRedirect")]
    include_email: bool,
    client_id: Option<String>,
    organization_id: Option<String>,
    result_url: Option<String>,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(path("/tickets/password-change").route(guarded(
        Bucket::Other,
        &["create:user_tickets"],
        web::post().to(password_change),
    )));
}

async fn password_change(state: web::Data<State>, http: HttpRequest, body: web::Bytes) -> Answer {
    let wanted: Wanted = payload::parse(&body, &BODY)?;
    if wanted.organization_id.is_some() && wanted.result_url.is_some() {
        return Err(Refusal::body(
            "Payload validation error: 'result_url and organization_id cannot be used together'.",
        ));
    }
    let (now, host) = (state.clock().now(), state.hosts().of(&http));
    let address = state.write(|tenant| {
        let ticket = PasswordTicket {
            mark_email_as_verified: wanted.mark_email_as_verified,
            include_email: wanted.include_email,
            client_id: known_client(tenant, &wanted)?,
            organization_id: known_organization(tenant, &wanted)?,
            result_url: wanted.result_url.clone(),
            ..PasswordTicket::new(user(tenant, &wanted)?, wanted.ttl_sec, now)
        };
        Ok::<_, Refusal>(tenant.issue_password_ticket(&host, ticket))
    })?;
    Ok(HttpResponse::Created().json(json!({ "ticket": address })))
}

/// By id, or by connection and address; never both. Only a database keeps passwords.
fn user(tenant: &Tenant, wanted: &Wanted) -> Result<String, Refusal> {
    let found = match (&wanted.user_id, &wanted.connection_id, &wanted.email) {
        (Some(id), None, None) => tenant.users.get(id),
        (None, Some(connection), Some(email)) => {
            let connection = tenant.connections.get(connection);
            let connection = connection.ok_or_else(|| Refusal::missing(Missing::Connection))?;
            tenant.user_by_email(&connection.name, email)
        }
        _ => {
            return Err(Refusal::body(
                "Payload validation error: 'Either user_id or connection_id and email are required'.",
            ));
        }
    };
    let user = found.ok_or_else(|| Refusal::missing(Missing::User))?;
    if user
        .identities
        .iter()
        .any(|found| found.provider == "auth0")
    {
        Ok(user.user_id.clone())
    } else {
        Err(Refusal::bad_request(
            "invalid_body",
            "The user does not have a database identity.",
        ))
    }
}

fn known_client(tenant: &Tenant, wanted: &Wanted) -> Result<Option<String>, Refusal> {
    match &wanted.client_id {
        Some(id) if !tenant.clients.contains_key(id) => Err(Refusal::missing(Missing::Client)),
        id => Ok(id.clone()),
    }
}

fn known_organization(tenant: &Tenant, wanted: &Wanted) -> Result<Option<String>, Refusal> {
    match &wanted.organization_id {
        Some(id) if !tenant.organizations.contains_key(id) => {
            Err(Refusal::missing(Missing::Organization))
        }
        id => Ok(id.clone()),
    }
}

fn is_connection(text: &str) -> bool {
    is_id(text, "con_")
}

fn is_organization(text: &str) -> bool {
    is_id(text, "org_")
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|id| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| url.has_host())
}
