//! The Management API v2 under `/api/v2`: the tenant's entities as Auth0 serves them to machine clients.

mod actions;
mod call;
mod client_grants;
mod clients;
mod connections;
mod email_provider;
mod email_templates;
mod event_streams;
mod events;
mod groups;
mod jobs;
mod kept_settings;
mod log_streams;
mod logs;
mod lucene;
mod organizations;
mod paging;
mod payload;
mod query;
mod refusal;
mod resource_servers;
mod roles;
mod schema;
mod self_service_profiles;
mod signing_keys;
mod tenant_settings;
mod tickets;
mod user_attribute_profiles;
mod users;

use actix_web::{Resource, web};

pub(crate) use events::TYPES as EVENT_TYPES;
pub(crate) use organizations::OrganizationBody;
use refusal::{Answer, Missing, Refusal};
pub(crate) use tenant_settings::name as tenant_name;
pub(crate) use users::{UserBody, remove_user};

pub(crate) fn routes(cfg: &mut web::ServiceConfig) {
    let scope = web::scope("/api/v2")
        .app_data(web::PayloadConfig::new(payload::LARGEST_BODY))
        .configure(organizations::routes)
        .configure(users::routes)
        .configure(roles::routes)
        .configure(groups::routes)
        .configure(connections::routes)
        .configure(clients::routes)
        .configure(client_grants::routes)
        .configure(resource_servers::routes)
        .configure(self_service_profiles::routes)
        .configure(user_attribute_profiles::routes)
        .configure(signing_keys::routes)
        .configure(tenant_settings::routes)
        .configure(kept_settings::routes)
        .configure(email_provider::routes)
        .configure(email_templates::routes)
        .configure(actions::routes)
        .configure(tickets::routes)
        .configure(jobs::routes)
        .configure(logs::routes)
        .configure(log_streams::routes)
        .configure(events::routes)
        .configure(event_streams::routes)
        .default_service(web::to(no_route));
    cfg.service(scope);
}

/// A path of the API; a method it does not have is the same 404 as a path that does not exist.
fn path(pattern: &str) -> Resource {
    web::resource(pattern).default_service(web::to(no_route))
}

async fn no_route() -> Answer {
    Err(Refusal::missing(Missing::Route))
}
