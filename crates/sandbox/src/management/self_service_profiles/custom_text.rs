//! `/self-service-profiles/{id}/custom-text`: the words of the assistant's first page. Kept and answered; the assistant
//! here says what it says.

use actix_web::{HttpResponse, web};

use super::{find, missing};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::refusal::{Answer, Refusal};
use crate::management::schema::{Kind, Schema};
use crate::management::{path, payload};
use crate::state::State;
use crate::tenant::Metadata;

/// Texts by names that are Auth0's.
const TEXTS: Schema = Schema {
    required: &[],
    properties: &[],
    open: true,
};
/// The only language and the only page.
const LANGUAGE: Kind = Kind::OneOf(&["en"]);
const PAGE: Kind = Kind::OneOf(&["get-started"]);

type Place = (String, String, String);

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let (read, update): (&[&str], &[&str]) = (
        &["read:self_service_profile_custom_texts"],
        &["update:self_service_profile_custom_texts"],
    );
    cfg.service(
        path("/self-service-profiles/{id}/custom-text/{language}/{page}")
            .route(guarded(Bucket::Other, read, web::get().to(show)))
            .route(guarded(Bucket::Other, update, web::put().to(set))),
    );
}

async fn show(state: web::Data<State>, place: web::Path<Place>) -> Answer {
    let id = checked(&place)?;
    state.read(|tenant| Ok(HttpResponse::Ok().json(&find(tenant, id)?.custom_text)))
}

async fn set(state: web::Data<State>, place: web::Path<Place>, body: web::Bytes) -> Answer {
    let id = checked(&place)?;
    let texts: Metadata = payload::parse(&body, &TEXTS)?;
    state.write(|tenant| {
        let profile = tenant.self_service_profiles.get_mut(id);
        let profile = profile.ok_or_else(|| missing(id))?;
        profile.custom_text = texts;
        Ok(HttpResponse::Ok().json(&profile.custom_text))
    })
}

/// The profile's id.
fn checked((id, language, page): &Place) -> Result<&str, Refusal> {
    LANGUAGE.check_body(&language.as_str().into())?;
    PAGE.check_body(&page.as_str().into())?;
    Ok(id)
}
