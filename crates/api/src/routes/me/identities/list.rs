//! Lists the caller's other logins.

use actix_web::{get, web};
use store::IdentityLink;

use super::IdentityBody;
use crate::app::AppState;
use crate::auth::Me;
use crate::openapi::problems::{MeProblems, PageProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

/// The logins that were linked into the caller's account, or are being linked, oldest first.
#[utoipa::path(
    operation_id = "list_my_identities",
    tag = "me",
    params(PageQuery),
    responses((status = 200, body = PageBody<IdentityBody>), MeProblems, PageProblems),
)]
#[get("/v1/me/identities")]
pub(super) async fn list(
    mut me: Me,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<IdentityBody>>, Problem> {
    let key = &state.config.cursor_key;
    let list = List {
        tenant: me.individual.as_ref(),
        name: "identities",
    };
    let links = me.tx.identity_links(&page.parse(key, list)?).await?;
    Ok(web::Json(PageBody::new(
        links,
        |link| link.id,
        |link: IdentityLink| IdentityBody::from(&link),
        key,
        list,
    )))
}
