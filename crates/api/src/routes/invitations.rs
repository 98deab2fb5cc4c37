//! Invitations to the organization. Our rows are the truth; a job makes Auth0 follow.

pub(super) mod bind;
mod create;
mod limits;
mod link;
mod list;
mod resend;
pub(super) mod revoke;
mod show;

use chrono::{DateTime, Utc};
use domain::invitation::{Closed, Reach, State, Status};
use domain::{InvitationId, Role};
use serde::Serialize;
use serde_json::json;
use store::{Invitation, Membership, NewAuditEvent, TenantTx};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::audit;
use crate::auth::Authorized;
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::problem::{Code, Problem};

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(create::create)
        .service(show::show)
        .service(link::tell)
        .service(link::tell_platform)
        .service(resend::resend)
        .service(revoke::revoke);
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation, examples(json!({
    "invitation_id": "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
    "email": "bo@acme.example",
    "roles": ["org_member"],
    "state": "pending",
    "failure": null,
    "inviter": { "user_id": "auth0|6560c1f2a4b8e9d7c3f1a2b4", "name": "Ada Buyer" },
    "connection": null,
    "locale": null,
    "send_email": true,
    "link_waits": false,
    "issue": 1,
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:00Z",
    "expires_at": "2026-11-28T09:00:00Z",
    "accepted_by": null,
})))]
struct InvitationBody {
    invitation_id: Uuid,
    /// Where it was sent. It does not say who somebody is.
    email: String,
    /// What the invitee will be, if the inviter may still give it then.
    roles: Vec<&'static str>,
    /// `pending`, `accepted`, `expired`, `revoked` or `failed`.
    state: &'static str,
    /// Why it failed: `refused`, `unknown_connection`, `inviter_not_allowed`, `no_seats_left`, `sso_enforced`: single
    /// sign-on was, and it was for none of the several identity providers; or `spoiled`: used up by somebody else, again
    /// after it was sent anew by itself.
    failure: Option<&'static str>,
    inviter: InviterBody,
    /// The only connection that it can be accepted with; null for any.
    connection: Option<String>,
    locale: Option<String>,
    /// Whether Auth0 sends the e-mail.
    send_email: bool,
    /// Whether there is a link to be told, once, by `POST …/link`: of an invitation that is not sent by Auth0, each time
    /// that it is made anew.
    link_waits: bool,
    /// How often it was sent.
    issue: u32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    /// User id of the member that it led to.
    accepted_by: Option<String>,
}

/// Whose word it is that the invitee may join.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Inviter)]
struct InviterBody {
    user_id: String,
    /// As the e-mail says it.
    name: String,
}

impl InvitationBody {
    fn at(now: DateTime<Utc>, invitation: Invitation) -> Self {
        let state = invitation.status(now).as_str();
        let (failure, accepted_by) = match invitation.state {
            State::Pending | State::Revoked { .. } => (None, None),
            State::Failed { why, .. } => (Some(why.as_str()), None),
            State::Accepted { by, .. } => (None, Some(by.into())),
        };
        Self {
            invitation_id: invitation.id.as_uuid(),
            email: invitation.email.into(),
            roles: invitation.roles.into_iter().map(Role::as_str).collect(),
            state,
            failure,
            inviter: InviterBody {
                user_id: invitation.inviter.user_id.into(),
                name: invitation.inviter_name,
            },
            connection: invitation.connection,
            locale: invitation.locale,
            send_email: invitation.send_email,
            link_waits: state == Status::Pending.as_str() && invitation.sealed_link.is_some(),
            issue: invitation.issue,
            created_at: invitation.created_at,
            updated_at: invitation.updated_at,
            expires_at: invitation.expires_at,
            accepted_by,
        }
    }
}

/// # Errors
/// 403 when one of the roles is not the caller's to give.
fn require_grantable(reach: Reach, roles: &[Role]) -> Result<(), Problem> {
    let own = reach.grantable();
    match roles.iter().find(|role| !own.contains(role)) {
        None => Ok(()),
        Some(role) => Err(Problem::new(Code::PermissionDenied)
            .detail(format_args!("Your role does not give {role} to others."))),
    }
}

/// The member's name as an e-mail from us may say it: members choose it themselves at their identity provider.
async fn name_in_mail(tx: &mut TenantTx, member: &Membership) -> Result<String, Problem> {
    if let Some(name) = member
        .name
        .as_deref()
        .and_then(domain::invitation::name_in_mail)
    {
        return Ok(name);
    }
    let customer = tx.customer().await?;
    let organization = customer.and_then(|customer| customer.display_name);
    // One that was taken before a rule became stricter is shown, but not mailed.
    let organization =
        organization.and_then(|name| domain::invitation::name_in_mail(name.as_ref()));
    Ok(organization.unwrap_or_else(|| "An administrator".to_owned()))
}

/// Saves the change with its audit event, and has Auth0 follow.
async fn save<P>(
    caller: &mut Authorized<P>,
    before: &Invitation,
    after: &Invitation,
    action: &str,
    request_id: RequestId,
) -> Result<(), Problem> {
    let now = after.updated_at;
    if !caller.tx.save_invitation(after).await? {
        return Err(Problem::new(Code::Conflict));
    }
    let state = |invitation: &Invitation| json!({ "state": invitation.status(now), "issue": invitation.issue });
    let changed = NewAuditEvent {
        before: Some(state(before)),
        after: Some(state(after)),
        ..event(caller, action, after.id, request_id, now)
    };
    caller.tx.insert_audit_event(&changed).await?;
    deliver(&mut caller.tx, after.id, now).await
}

fn event<P>(
    caller: &Authorized<P>,
    action: &str,
    id: InvitationId,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> NewAuditEvent {
    let user_id = &caller.token.person.user_id;
    NewAuditEvent {
        request_id: Some(request_id.to_string()),
        ..audit::by_person(user_id, action, format!("invitation:{id}"), now)
    }
}

async fn deliver(tx: &mut TenantTx, id: InvitationId, now: DateTime<Utc>) -> Result<(), Problem> {
    let payload = json!({ "invitation_id": id });
    tx.enqueue(kind::INVITATION, &id.to_string(), &payload, now)
        .await?;
    Ok(())
}

impl From<Closed> for Problem {
    fn from(refusal: Closed) -> Self {
        Self::new(Code::InvitationClosed).detail(refusal)
    }
}
