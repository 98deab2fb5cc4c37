//! Who did what in the organization: a list to look things up in, and the whole trail to keep and to prove.

mod csv;
mod export;
mod list;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config.service(list::list).service(export::export);
}
