//! Shows one invitation.

use actix_web::{get, web};
use chrono::{DateTime, Utc};
use domain::InvitationId;
use domain::invitation::Issue;
use serde::Serialize;
use utoipa::ToSchema;

use super::InvitationBody;
use crate::app::AppState;
use crate::auth::Inviter;
use crate::auth::permissions::ReadInvitations;
use crate::body::PathId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitationWithHistory)]
struct HistoryBody {
    #[serde(flatten)]
    invitation: InvitationBody,
    /// Every time that it was sent, the first one first.
    history: Vec<IssueBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitationIssue)]
struct IssueBody {
    issue: u32,
    issued_at: DateTime<Utc>,
    /// `created`, `resent`, or `reissued`: by itself, since somebody else had used the link up.
    reason: &'static str,
}

impl From<Issue> for IssueBody {
    fn from(issue: Issue) -> Self {
        Self {
            issue: issue.issue,
            issued_at: issue.issued_at,
            reason: issue.reason.as_str(),
        }
    }
}

/// One invitation. The link in its e-mail is shown to nobody.
#[utoipa::path(
    operation_id = "show_invitation",
    tag = "invitations",
    params(("org_id" = String, Path), ("invitation_id" = uuid::Uuid, Path)),
    responses((status = 200, body = HistoryBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/invitations/{invitation_id}")]
pub(super) async fn show(
    mut inviter: Inviter<ReadInvitations>,
    state: web::Data<AppState>,
    id: PathId<InvitationId>,
) -> Result<web::Json<HistoryBody>, Problem> {
    let id = id.parse()?;
    let found = inviter.caller.tx.invitation(id).await?;
    let invitation = found
        .filter(|invitation| inviter.reaches(invitation))
        .ok_or_else(Problem::not_found)?;
    let history = inviter.caller.tx.issues_of_invitation(id).await?;
    Ok(web::Json(HistoryBody {
        invitation: InvitationBody::at(state.clock.now(), invitation),
        history: history.into_iter().map(IssueBody::from).collect(),
    }))
}
