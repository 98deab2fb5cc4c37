//! Lists invitations.

use actix_web::{get, web};
use domain::invitation::{Reach, Status, UnknownStatus};
use store::InvitationFilter;
use utoipa::IntoParams;

use super::InvitationBody;
use crate::app::AppState;
use crate::auth::Inviter;
use crate::auth::permissions::ReadInvitations;
use crate::openapi::problems::{PageProblems, TenantProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::{Code, Problem};

const STATE: &str = "state";

/// For the document only.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its documentation is used")]
struct Filter {
    /// `pending`, `accepted`, `expired`, `revoked` or `failed`.
    state: Option<String>,
}

/// The invitations, newest first, in all states or in one. Members who invite only because the organization lets them
/// see those that they sent last.
#[utoipa::path(
    operation_id = "list_invitations",
    tag = "invitations",
    params(("org_id" = String, Path), PageQuery, Filter),
    responses((status = 200, body = PageBody<InvitationBody>), TenantProblems, PageProblems),
)]
#[get("/v1/orgs/{org_id}/invitations")]
pub(super) async fn list(
    inviter: Inviter<ReadInvitations>,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<InvitationBody>>, Problem> {
    let Inviter { mut caller, reach } = inviter;
    let now = state.clock.now();
    let key = &state.config.cursor_key;
    let list = List {
        tenant: caller.organization.as_ref(),
        name: "invitations",
    };
    let (page, filters) = page.parse_filtered(key, list, &[STATE])?;
    let filter = InvitationFilter {
        status: filters.get(STATE).map(|text| status(text)).transpose()?,
        inviter: (reach == Reach::Own).then(|| caller.token.person.user_id.clone()),
    };
    let invitations = caller.tx.invitations(&filter, now, &page).await?;
    Ok(web::Json(PageBody::new(
        invitations,
        |invitation| invitation.id,
        |invitation| InvitationBody::at(now, invitation),
        key,
        list,
    )))
}

fn status(text: &str) -> Result<Status, Problem> {
    text.parse().map_err(|refusal: UnknownStatus| {
        Problem::new(Code::InvalidQuery).field(STATE, refusal.code(), refusal)
    })
}
