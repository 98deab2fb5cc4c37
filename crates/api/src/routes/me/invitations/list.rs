//! Lists the invitations that the person sent.

use actix_web::{get, web};

use super::MyInvitationBody;
use crate::app::AppState;
use crate::auth::Me;
use crate::openapi::problems::{MeProblems, PageProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

/// The caller's invitations into the community, newest first.
#[utoipa::path(
    operation_id = "list_my_invitations",
    tag = "me",
    params(PageQuery),
    responses((status = 200, body = PageBody<MyInvitationBody>), MeProblems, PageProblems),
)]
#[get("/v1/me/invitations")]
pub(super) async fn list(
    mut me: Me,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<MyInvitationBody>>, Problem> {
    let key = &state.config.cursor_key;
    let list = List {
        tenant: me.individual.as_ref(),
        name: "community_invitations",
    };
    let page = page.parse(key, list)?;
    let invitations = me.tx.community_invitations(&page).await?;
    Ok(web::Json(PageBody::new(
        invitations,
        |invitation| invitation.id,
        MyInvitationBody::from,
        key,
        list,
    )))
}
