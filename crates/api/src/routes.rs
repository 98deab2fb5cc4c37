//! The list of all routes: the first file to read. What is registered here is what the OpenAPI document describes.

mod docs;
mod health;
mod landing;
mod login;
mod plans;

mod audit_events;
mod domains;
mod entitlements;
mod guard;
mod identity_providers;
mod invitations;
mod me;
mod members;
mod organizations;
mod platform;
mod projects;
mod roles;
mod seats;
mod sso_tickets;
mod subscription;
mod sync;
mod usage;
mod way_back;
mod webhooks;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use landing::Looks;

pub(crate) use docs::{CONTENT_SECURITY_POLICY as DOCS_CONTENT_SECURITY_POLICY, Published};

pub(crate) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(health::alive)
        .service(health::ready)
        .service(plans::list)
        .service(login::by_name)
        .service(login::of_organization)
        .configure(landing::all)
        .service(me::show)
        .service(me::delete::delete)
        .service(entitlements::of_me)
        .service(usage::of_me)
        .service(me::checkout::create)
        .configure(me::conversions::all)
        .configure(me::invitations::all)
        .configure(me::identities::all)
        .configure(organizations::all)
        .configure(members::all)
        .configure(identity_providers::all)
        .service(roles::list)
        .configure(subscription::all)
        .service(entitlements::in_organization)
        .service(usage::in_organization)
        .configure(projects::all)
        .configure(invitations::all)
        .configure(domains::all)
        .configure(audit_events::all)
        .configure(sso_tickets::all)
        .service(sync::show)
        .configure(platform::all)
        .service(webhooks::stripe::receive)
        .service(webhooks::auth0::receive)
        .service(docs::show_document)
        .service(docs::to_page)
        .service(docs::show_file);
}
