//! Lists the links, without telling them.

use actix_web::{get, web};

use super::TicketBody;
use crate::app::AppState;
use crate::auth::Authorized;
use crate::auth::permissions::ReadIdentityProviders;
use crate::openapi::problems::{PageProblems, TenantProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

/// The tickets, newest first, whoever made them. Their links are never told again.
#[utoipa::path(
    operation_id = "list_sso_tickets",
    tag = "identity providers",
    params(("org_id" = String, Path), PageQuery),
    responses((status = 200, body = PageBody<TicketBody>), TenantProblems, PageProblems),
)]
#[get("/v1/orgs/{org_id}/sso-tickets")]
pub(super) async fn list(
    mut caller: Authorized<ReadIdentityProviders>,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<TicketBody>>, Problem> {
    let now = state.clock.now();
    let key = &state.config.cursor_key;
    let list = List {
        tenant: caller.organization.as_ref(),
        name: "sso_tickets",
    };
    let tickets = caller.tx.sso_tickets(&page.parse(key, list)?).await?;
    Ok(web::Json(PageBody::new(
        tickets,
        |ticket| ticket.id,
        |ticket| TicketBody::at(now, ticket),
        key,
        list,
    )))
}
