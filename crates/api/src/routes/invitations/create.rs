//! Invites one person, or up to ten.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use domain::InvitationId;
use domain::Role;
use domain::Wanted as WantedSeats;
use domain::invitation::{
    DEFAULT_TTL_SECONDS, InvalidEmail, InviteeEmail, IssueReason, MAX_INVITEES, MAX_TTL_SECONDS,
    State,
};
use domain::role::UnknownRole;
use domain::usage::Metric;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Invitation, NewAuditEvent};
use utoipa::ToSchema;
use uuid::Uuid;

use super::limits::{SendingProblems, require_quiet};
use super::{InvitationBody, deliver, event, name_in_mail, require_grantable};
use crate::app::AppState;
use crate::auth::permissions::WriteInvitations;
use crate::auth::{Authorized, Inviter};
use crate::body::Body;
use crate::idempotency::{Begun, Idempotency};
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, TenantProblems};
use crate::problem::Problem;
use crate::routes::{seats, usage};

/// The tenant is part of a key already.
const ROUTE: &str = "POST invitations";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "invitees": [{ "email": "bo@acme.example", "roles": ["org_member"] }] })))]
struct InvitationsRequest {
    #[schema(min_items = 1, max_items = 10)]
    invitees: Vec<InviteeRequest>,
    /// Name of the only connection that may be used; left out, the invitee chooses. While `policies.sso` is `enforce`, one
    /// of the organization's own identity providers; left out, the only one.
    connection: Option<String>,
    /// How long it can be accepted; 7 days when left out, at most 30.
    #[schema(minimum = 1, maximum = 2_592_000)]
    ttl_seconds: Option<u32>,
    /// False when the organization writes to the invitees itself; `POST …/invitations/{invitation_id}/link` tells the link.
    send_email: Option<bool>,
    /// Language of the e-mail (BCP 47).
    locale: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InviteeRequest {
    #[schema(max_length = 254)]
    email: String,
    /// `org_admin`, `org_member`, `org_billing`, `org_readonly`; at least one.
    #[schema(min_items = 1)]
    roles: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = InvitationAnswers)]
struct AnswersBody {
    /// One for each invitee, in their order.
    items: Vec<AnswerBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = InvitationAnswer)]
struct AnswerBody {
    email: String,
    /// `created`, `already_pending` (with the invitation that is, if it is the caller's to see) or `already_member`.
    outcome: &'static str,
    invitation: Option<InvitationBody>,
}

/// What was asked for, after every check that needs no database.
struct Wanted {
    invitees: Vec<(InviteeEmail, Vec<Role>)>,
    connection: Option<String>,
    ttl_seconds: u32,
    send_email: bool,
    locale: Option<String>,
}

impl InvitationsRequest {
    fn check(self) -> Result<Wanted, Problem> {
        if !(1..=MAX_INVITEES).contains(&self.invitees.len()) {
            let detail = format_args!("From 1 to {MAX_INVITEES} at once.");
            return Err(Problem::invalid_field("invitees", "out_of_range", detail));
        }
        let mut invitees: Vec<(InviteeEmail, Vec<Role>)> = Vec::new();
        for (index, invitee) in self.invitees.into_iter().enumerate() {
            let (email, roles) = invitee.check(&format!("invitees[{index}]"))?;
            if invitees.iter().any(|(earlier, _)| *earlier == email) {
                let field = format!("invitees[{index}].email");
                return Err(Problem::invalid_field(field, "repeated", "Once is enough."));
            }
            invitees.push((email, roles));
        }
        let ttl_seconds = self.ttl_seconds.unwrap_or(DEFAULT_TTL_SECONDS);
        if !(1..=MAX_TTL_SECONDS).contains(&ttl_seconds) {
            let detail = format_args!("From 1 to {MAX_TTL_SECONDS} seconds.");
            return Err(Problem::invalid_field(
                "ttl_seconds",
                "out_of_range",
                detail,
            ));
        }
        Ok(Wanted {
            invitees,
            connection: word(self.connection, "connection", 128)?,
            ttl_seconds,
            send_email: self.send_email.unwrap_or(true),
            locale: word(self.locale, "locale", 35)?,
        })
    }
}

impl InviteeRequest {
    fn check(self, field: &str) -> Result<(InviteeEmail, Vec<Role>), Problem> {
        let email = self.email.try_into().map_err(|refusal: InvalidEmail| {
            Problem::invalid_field(format!("{field}.email"), refusal.code(), refusal)
        })?;
        let mut roles: Vec<Role> = Vec::new();
        for (index, role) in self.roles.into_iter().enumerate() {
            let role = role.try_into().map_err(|refusal: UnknownRole| {
                Problem::invalid_field(format!("{field}.roles[{index}]"), refusal.code(), refusal)
            })?;
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        if roles.is_empty() {
            let field = format!("{field}.roles");
            return Err(Problem::invalid_field(field, "empty", "At least one role."));
        }
        Ok((email, roles))
    }
}

/// Letters, digits and hyphens: the shape of connection names (Auth0, connections) and of language tags (RFC 5646).
fn word(text: Option<String>, field: &'static str, max: usize) -> Result<Option<String>, Problem> {
    let is_word = |text: &String| {
        (1..=max).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if text.as_ref().is_none_or(is_word) {
        Ok(text)
    } else {
        let detail = format_args!("1 to {max} letters, digits and hyphens.");
        Err(Problem::invalid_field(field, "invalid", detail))
    }
}

/// Invites people by e-mail, up to ten at once. 200 when nobody was left to invite.
///
/// Where `policies.members_can_invite` says so, members who may write do it too, with `org_member` only. The policy and
/// the inviter's role are looked at again when the invitation is accepted.
#[utoipa::path(
    operation_id = "create_invitations",
    tag = "invitations",
    params(("org_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = InvitationsRequest,
    responses(
        (status = 201, body = AnswersBody),
        (status = 200, body = AnswersBody, description = "All of them are members or invited already"),
        TenantProblems,
        BodyProblems,
        IdempotencyProblems,
        SendingProblems,
    ),
)]
#[post("/v1/orgs/{org_id}/invitations")]
pub(super) async fn create(
    mut inviter: Inviter<WriteInvitations>,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<InvitationsRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let wanted = body.parse()?.check()?;
    let user_id = inviter.caller.token.person.user_id.clone();
    let begun = idempotency
        .begin(&mut inviter.caller.tx, &user_id, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    // Whom it leaves to invite is counted under the lock on the seats; and no policy changes meanwhile.
    inviter.caller.tx.lock_subscription().await?;
    let wanted = Wanted {
        connection: pinned(&mut inviter, wanted.connection).await?,
        ..wanted
    };
    for (_, roles) in &wanted.invitees {
        require_grantable(inviter.reach, roles)?;
    }
    let items = invite(&mut inviter, wanted, *request_id, now).await?;
    let created = items.iter().any(|item| item.outcome == CREATED);
    let status = if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let response = attempt
        .finish(&mut inviter.caller.tx, status, &AnswersBody { items })
        .await?;
    inviter.caller.tx.commit().await?;
    Ok(response)
}

/// Where the organization insists on its own identity providers, an invitation is good for one of these only.
///
/// # Errors
/// 422 for another connection, or none where there are several.
async fn pinned(
    inviter: &mut Inviter<WriteInvitations>,
    wanted: Option<String>,
) -> Result<Option<String>, Problem> {
    let caller = &mut inviter.caller;
    let sso = caller.tx.sso_standing(&caller.token.person).await?;
    sso.pin(wanted)
        .map_err(|refusal| Problem::invalid_field("connection", "sso_required", refusal))
}

const CREATED: &str = "created";

async fn invite(
    inviter: &mut Inviter<WriteInvitations>,
    wanted: Wanted,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> Result<Vec<AnswerBody>, Problem> {
    let caller = &mut inviter.caller;
    let emails: Vec<_> = wanted
        .invitees
        .iter()
        .map(|(email, _)| email.clone())
        .collect();
    let members = caller.tx.emails_of_members(&emails).await?;
    let pending = caller.tx.pending_invitations_to(&emails, now).await?;
    let is_new = |email: &&InviteeEmail| {
        !members.iter().any(|member| member == email.as_ref())
            && !pending.iter().any(|pending| pending.email == **email)
    };
    let new: Vec<_> = emails.iter().filter(is_new).collect();
    if !new.is_empty() {
        let more = u32::try_from(new.len()).unwrap_or(u32::MAX);
        seats::reserve(&mut caller.tx, WantedSeats::More(more), now).await?;
        require_quiet(&mut caller.tx, &new, now).await?;
        usage::spend(&mut caller.tx, Metric::InvitationsSent, more, now).await?;
    }
    let inviter_name = name_in_mail(&mut caller.tx, &caller.member).await?;
    let mut answers = Vec::new();
    for (email, roles) in &wanted.invitees {
        let (outcome, invitation) = if members.iter().any(|member| member == email.as_ref()) {
            ("already_member", None)
        } else if let Some(pending) = pending.iter().find(|pending| pending.email == *email) {
            let own = inviter.reaches(pending).then(|| pending.clone());
            ("already_pending", own)
        } else {
            let caller = &mut inviter.caller;
            let invitation = new_invitation(caller, &wanted, email, roles, &inviter_name, now);
            insert(caller, &invitation, request_id).await?;
            (CREATED, Some(invitation))
        };
        answers.push(AnswerBody {
            email: email.to_string(),
            outcome,
            invitation: invitation.map(|invitation| InvitationBody::at(now, invitation)),
        });
    }
    Ok(answers)
}

fn new_invitation(
    caller: &Authorized<WriteInvitations>,
    wanted: &Wanted,
    email: &InviteeEmail,
    roles: &[Role],
    inviter_name: &str,
    now: DateTime<Utc>,
) -> Invitation {
    Invitation {
        id: InvitationId::from(Uuid::now_v7()),
        email: email.clone(),
        roles: roles.to_vec(),
        inviter: caller.token.person.clone(),
        inviter_name: inviter_name.to_owned(),
        connection: wanted.connection.clone(),
        locale: wanted.locale.clone(),
        send_email: wanted.send_email,
        ttl_seconds: wanted.ttl_seconds,
        expires_at: now + TimeDelta::seconds(i64::from(wanted.ttl_seconds)),
        state: State::Pending,
        issue: 1,
        auth0_id: None,
        stale_auth0_ids: Vec::new(),
        ticket_hash: None,
        sealed_link: None,
        vouched_for: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

async fn insert(
    caller: &mut Authorized<WriteInvitations>,
    invitation: &Invitation,
    request_id: RequestId,
) -> Result<(), Problem> {
    let now = invitation.created_at;
    caller.tx.insert_invitation(invitation).await?;
    caller
        .tx
        .insert_invitation_issue(invitation, IssueReason::Created, now)
        .await?;
    let created = NewAuditEvent {
        after: Some(json!({ "email": invitation.email, "roles": invitation.roles })),
        ..event(caller, "invitation.created", invitation.id, request_id, now)
    };
    caller.tx.insert_audit_event(&created).await?;
    deliver(&mut caller.tx, invitation.id, now).await
}
