//! The operator's back office: what a CRM or a person of the support desk does, with a program's own token.

mod adoption;
mod agreed;
mod imports;
mod organizations;
mod reason;
mod subscription;
mod user_imports;

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::openapi::problems::responses_of;
use crate::problem::Code;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .configure(organizations::all)
        .configure(subscription::all)
        .configure(imports::all)
        .configure(user_imports::all)
        .service(adoption::create);
}

/// Of operations that take [`crate::auth::PlatformAdmin`].
pub(super) struct PlatformProblems;

impl IntoResponses for PlatformProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::InvalidToken,
            Code::PlatformTokenRequired,
            Code::PermissionDenied,
            Code::NotFound,
            Code::KeysUnavailable,
            Code::DatabaseUnavailable,
        ])
    }
}
