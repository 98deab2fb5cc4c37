//! Shows one invitation.

use actix_web::{get, web};
use domain::InvitationId;

use super::InvitationBody;
use crate::app::AppState;
use crate::auth::Inviter;
use crate::auth::permissions::ReadInvitations;
use crate::body::PathId;
use crate::openapi::problems::TenantProblems;
use crate::problem::Problem;

/// One invitation. The link in its e-mail is shown to nobody.
#[utoipa::path(
    operation_id = "show_invitation",
    tag = "invitations",
    params(("org_id" = String, Path), ("invitation_id" = uuid::Uuid, Path)),
    responses((status = 200, body = InvitationBody), TenantProblems),
)]
#[get("/v1/orgs/{org_id}/invitations/{invitation_id}")]
pub(super) async fn show(
    mut inviter: Inviter<ReadInvitations>,
    state: web::Data<AppState>,
    id: PathId<InvitationId>,
) -> Result<web::Json<InvitationBody>, Problem> {
    let found = inviter.caller.tx.invitation(id.parse()?).await?;
    let invitation = found
        .filter(|invitation| inviter.reaches(invitation))
        .ok_or_else(Problem::not_found)?;
    Ok(web::Json(InvitationBody::at(state.clock.now(), invitation)))
}
