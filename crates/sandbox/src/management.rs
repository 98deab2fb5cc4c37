//! The Management API v2.

pub(crate) fn routes(_cfg: &mut actix_web::web::ServiceConfig) {}
