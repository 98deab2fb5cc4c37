//! Invites one friend.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::InvitationId;
use domain::community::{INVITER_LIMIT, State};
use domain::invitation::{InvalidEmail, InviteeEmail};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{CommunityInvitation, NewAuditEvent};
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use super::MyInvitationBody;
use crate::app::AppState;
use crate::audit;
use crate::auth::Me;
use crate::body::Body;
use crate::idempotency::{Begun, Idempotency};
use crate::jobs::kind;
use crate::middleware::RequestId;
use crate::openapi::problems::{BodyProblems, IdempotencyProblems, MeProblems, responses_of};
use crate::problem::{Code, Problem};
use crate::routes::subscription::{self, PlanProblems};

const ROUTE: &str = "POST me/invitations";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "email": "bo@example.com" })))]
struct FriendRequest {
    #[schema(max_length = 254)]
    email: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MyInvitationAnswer)]
struct AnswerBody {
    /// `sending`; `sent` for one to this address that went out already; `not_configured` where there is no community to
    /// invite to. What became of it, `sent` or `failed`, shows in the list.
    outcome: &'static str,
    invitation: Option<MyInvitationBody>,
}

struct FriendProblems;

impl IntoResponses for FriendProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::PermissionDenied, Code::TooManyRequests])
    }
}

/// Invites a friend into the community organization, as a member. For people who are logged in without an organization
/// and whose plan is live.
///
/// Ten in a day; a friend gets three mails in a day, whoever sends them. The answer does not tell whether the friend is a
/// member already.
#[utoipa::path(
    operation_id = "create_my_invitation",
    tag = "me",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = FriendRequest,
    responses(
        (status = 201, body = AnswerBody),
        (status = 200, body = AnswerBody, description = "Nothing was made: not configured, or invited already"),
        MeProblems,
        BodyProblems,
        IdempotencyProblems,
        PlanProblems,
        FriendProblems,
    ),
)]
#[post("/v1/me/invitations")]
pub(super) async fn create(
    mut me: Me,
    state: web::Data<AppState>,
    idempotency: Idempotency,
    body: Body<FriendRequest>,
    request_id: web::ReqData<RequestId>,
) -> Result<HttpResponse, Problem> {
    if me.token.organization.is_some() {
        let detail = "Members invite in their organization; log in without one.";
        return Err(Problem::new(Code::PermissionDenied).detail(detail));
    }
    let now = state.clock.now();
    let email = body.parse()?.email.try_into();
    let email: InviteeEmail = email.map_err(|refusal: InvalidEmail| {
        Problem::invalid_field("email", refusal.code(), refusal)
    })?;
    let user_id = me.person.user_id.clone();
    let begun = idempotency
        .begin(&mut me.tx, &user_id, ROUTE, body.bytes()?, now)
        .await?;
    let attempt = match begun {
        Begun::Done(response) => return Ok(response),
        Begun::Fresh(attempt) | Begun::Unfinished(attempt, _) => attempt,
    };
    subscription::require_live(&mut me.tx, now).await?;
    let (status, answer) = match &state.config.community {
        None => (StatusCode::OK, answer("not_configured", None)),
        Some(_) => invite(&mut me, email, *request_id, now).await?,
    };
    let response = attempt.finish(&mut me.tx, status, &answer).await?;
    me.tx.commit().await?;
    Ok(response)
}

fn answer(outcome: &'static str, invitation: Option<CommunityInvitation>) -> AnswerBody {
    AnswerBody {
        outcome,
        invitation: invitation.map(MyInvitationBody::from),
    }
}

async fn invite(
    me: &mut Me,
    email: InviteeEmail,
    request_id: RequestId,
    now: DateTime<Utc>,
) -> Result<(StatusCode, AnswerBody), Problem> {
    let recent = me
        .tx
        .lock_community_invitations(INVITER_LIMIT.since(now))
        .await?;
    let runs = |found: &&CommunityInvitation| {
        found.email == email && matches!(found.state, State::Sending | State::Sent)
    };
    if let Some(found) = recent.iter().find(runs) {
        return Ok((
            StatusCode::OK,
            answer(found.state.as_str(), Some(found.clone())),
        ));
    }
    let times: Vec<_> = recent
        .iter()
        .map(|invitation| invitation.created_at)
        .collect();
    if let Some(wait) = INVITER_LIMIT.wait(&times, 1, now) {
        let seconds = u32::try_from(wait.num_seconds() + 1).unwrap_or(1);
        return Err(Problem::new(Code::TooManyRequests).retry_after(seconds));
    }
    let invitation = CommunityInvitation {
        id: InvitationId::from(Uuid::now_v7()),
        email,
        inviter: me.person.clone(),
        state: State::Sending,
        created_at: now,
        updated_at: now,
    };
    me.tx.insert_community_invitation(&invitation).await?;
    let payload = json!({ "invitation_id": invitation.id });
    let id = invitation.id.to_string();
    me.tx
        .enqueue(kind::COMMUNITY_INVITATION, &id, &payload, now)
        .await?;
    let target = format!("invitation:{id}");
    let created = NewAuditEvent {
        request_id: Some(request_id.to_string()),
        after: Some(json!({ "email": invitation.email })),
        ..audit::by_person(&me.person.user_id, "community.invited", target, now)
    };
    me.tx.insert_audit_event(&created).await?;
    Ok((StatusCode::CREATED, answer("sending", Some(invitation))))
}
