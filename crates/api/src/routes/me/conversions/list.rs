//! Lists the caller's conversions.

use actix_web::{get, web};

use super::ConversionBody;
use crate::app::AppState;
use crate::auth::Me;
use crate::openapi::problems::{MeProblems, PageProblems};
use crate::pagination::{List, PageBody, PageQuery};
use crate::problem::Problem;

/// The caller's conversions, newest first.
#[utoipa::path(
    operation_id = "list_conversions",
    tag = "me",
    params(PageQuery),
    responses((status = 200, body = PageBody<ConversionBody>), MeProblems, PageProblems),
)]
#[get("/v1/me/conversions")]
pub(super) async fn list(
    mut me: Me,
    state: web::Data<AppState>,
    page: PageQuery,
) -> Result<web::Json<PageBody<ConversionBody>>, Problem> {
    let key = &state.config.cursor_key;
    let list = List {
        tenant: me.individual.as_ref(),
        name: "conversions",
    };
    let conversions = me.tx.conversions(&page.parse(key, list)?).await?;
    Ok(web::Json(PageBody::new(
        conversions,
        |conversion| conversion.id,
        ConversionBody::from,
        key,
        list,
    )))
}
