//! `POST /organizations/{id}/invitations`. Answers 201, whatever the documentation says.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use url::Url;

use super::body::InvitationBody;
use super::find;
use crate::ids;
use crate::invitations;
use crate::management::organizations::find_mut;
use crate::management::payload;
use crate::management::refusal::{Answer, Refusal};
use crate::management::roles::ROLE_ID;
use crate::management::schema::{Kind, Schema, TEXT};
use crate::management::users::EMAIL;
use crate::state::State;
use crate::tenant::{Application, Invitation, Metadata, Organization, Tenant};

/// 7 days, in seconds.
const DEFAULT_TTL: i64 = 604_800;
/// 30 days, in seconds.
const LONGEST_TTL: i64 = 2_592_000;
const LONGEST_EMAIL: usize = 320;
/// Roles that one member may hold in one organization.
const MOST_ROLES: usize = 50;

const BODY: Schema = Schema {
    required: &["inviter", "invitee", "client_id"],
    properties: &[
        (
            "inviter",
            Kind::Object(&Schema {
                required: &["name"],
                properties: &[("name", Kind::Text(1, 300))],
                open: false,
            }),
        ),
        (
            "invitee",
            Kind::Object(&Schema {
                required: &["email"],
                properties: &[("email", EMAIL)],
                open: false,
            }),
        ),
        ("client_id", TEXT),
        ("connection_id", TEXT),
        ("roles", Kind::List(&ROLE_ID, 1, MOST_ROLES)),
        ("app_metadata", Kind::AnyObject),
        ("user_metadata", Kind::AnyObject),
        ("ttl_sec", Kind::Integer(0, LONGEST_TTL)),
        ("send_invitation_email", Kind::Boolean),
    ],
    open: false,
};

#[derive(Deserialize)]
struct NewInvitation {
    inviter: Inviter,
    invitee: Invitee,
    client_id: String,
    connection_id: Option<String>,
    roles: Option<Vec<String>>,
    app_metadata: Option<Metadata>,
    user_metadata: Option<Metadata>,
    #[serde(default)]
    ttl_sec: i64,
    send_invitation_email: Option<bool>,
}

#[derive(Deserialize)]
struct Inviter {
    name: String,
}

#[derive(Deserialize)]
struct Invitee {
    email: String,
}

pub(super) async fn create(
    state: web::Data<State>,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let new: NewInvitation = payload::parse(&body, &BODY)?;
    let send = new.send_invitation_email.unwrap_or(true);
    let now = state.clock().now();
    let (answer, mail) = state.write(|tenant| {
        let invitation = new.checked(tenant, find(tenant, &id)?, now)?;
        let mail = invitations::mail(tenant, find(tenant, &id)?, &invitation, now);
        let organization = find_mut(tenant, &id)?;
        organization
            .invitations
            .retain(|_, invitation| invitation.expires_at > now);
        let answer = HttpResponse::Created().json(InvitationBody::of(organization, &invitation));
        organization
            .invitations
            .insert(invitation.id.clone(), invitation);
        Ok::<_, Refusal>((answer, mail))
    })?;
    if send {
        state.mailbox().deliver(mail);
    }
    Ok(answer)
}

impl NewInvitation {
    fn checked(
        self,
        tenant: &Tenant,
        organization: &Organization,
        now: DateTime<Utc>,
    ) -> Result<Invitation, Refusal> {
        if self.invitee.email.chars().count() > LONGEST_EMAIL {
            return Err(Refusal::body(format!(
                "Payload validation error: 'String is too long ({} chars), maximum {LONGEST_EMAIL}' on property invitee.email.",
                self.invitee.email.chars().count()
            )));
        }
        let client = client(tenant, &self.client_id)?;
        if let Some(id) = &self.connection_id {
            refuse_connection(tenant, organization, id)?;
        }
        refuse_unknown_roles(tenant, self.roles.as_deref().unwrap_or_default())?;
        let ticket_id = ids::ticket();
        let invitation_url = link(tenant, client, organization, &ticket_id)?;
        let ttl = if self.ttl_sec == 0 {
            DEFAULT_TTL
        } else {
            self.ttl_sec
        };
        Ok(Invitation {
            id: ids::invitation(),
            ticket_id,
            client_id: self.client_id,
            inviter: self.inviter.name,
            invitee: self.invitee.email,
            connection_id: self.connection_id,
            roles: self.roles,
            app_metadata: self.app_metadata,
            user_metadata: self.user_metadata,
            invitation_url,
            created_at: now,
            expires_at: now + TimeDelta::seconds(ttl),
        })
    }
}

fn client<'t>(tenant: &'t Tenant, id: &str) -> Result<&'t Application, Refusal> {
    let client = tenant
        .clients
        .get(id)
        .ok_or_else(|| Refusal::body("The specified client_id does not exist."))?;
    if matches!(client.organization_usage.as_str(), "allow" | "require") {
        Ok(client)
    } else {
        Err(Refusal::body(format!(
            "The specified client_id ({id}) does not allow organizations."
        )))
    }
}

fn refuse_connection(
    tenant: &Tenant,
    organization: &Organization,
    id: &str,
) -> Result<(), Refusal> {
    let connection = tenant
        .connections
        .get(id)
        .ok_or_else(|| Refusal::body("The specified connection does not exist."))?;
    if matches!(connection.strategy.as_str(), "email" | "sms") {
        return Err(Refusal::body("Passwordless connections are not supported."));
    }
    if organization.connections.contains_key(id) {
        Ok(())
    } else {
        Err(Refusal::body(
            "The specified connection is not enabled for the organization.",
        ))
    }
}

fn refuse_unknown_roles(tenant: &Tenant, roles: &[String]) -> Result<(), Refusal> {
    let unknown: Vec<&str> = roles
        .iter()
        .map(String::as_str)
        .filter(|id| !tenant.roles.contains_key(*id))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Refusal::body(format!(
        "One or more of the specified roles do not exist: {}",
        unknown.join(", ")
    )))
}

/// The application's login route, else the tenant's, with three parameters after its own.
fn link(
    tenant: &Tenant,
    client: &Application,
    organization: &Organization,
    ticket: &str,
) -> Result<String, Refusal> {
    let route = client
        .initiate_login_uri
        .as_deref()
        .filter(|uri| !uri.is_empty())
        .or(tenant.settings.default_redirection_uri.as_deref());
    let mut url = route.and_then(|uri| Url::parse(uri).ok()).ok_or_else(|| {
        Refusal::body(
            "A default login route is required to generate the invitation url. To learn more, see https://auth0.com/docs/universal-login/configure-default-login-routes",
        )
    })?;
    url.query_pairs_mut()
        .append_pair("invitation", ticket)
        .append_pair("organization", &organization.id)
        .append_pair("organization_name", &organization.name);
    Ok(url.into())
}
