//! Shows how far a conversion has come; the page after the payment polls it.

use actix_web::{get, web};
use domain::ConversionId;

use super::ConversionBody;
use crate::auth::Me;
use crate::body::PathId;
use crate::openapi::problems::{MeProblems, MissingProblems};
use crate::problem::Problem;

/// One conversion of the caller's.
#[utoipa::path(
    operation_id = "show_conversion",
    tag = "me",
    params(("conversion_id" = uuid::Uuid, Path)),
    responses((status = 200, body = ConversionBody), MeProblems, MissingProblems),
)]
#[get("/v1/me/conversions/{conversion_id}")]
pub(super) async fn show(
    mut me: Me,
    id: PathId<ConversionId>,
) -> Result<web::Json<ConversionBody>, Problem> {
    let conversion = me
        .tx
        .conversion(id.parse()?)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(web::Json(conversion.into()))
}
