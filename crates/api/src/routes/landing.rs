//! Where the link of an invitation leads: a page that says who is invited, shows who is signed in, and goes on to a login
//! as the invited person. Auth0 uses an invitation up when somebody else opens it, so nothing is opened here by itself.

mod files;
mod look;
mod page;
mod show;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use look::Looks;

pub(super) fn all(config: &mut ServiceConfig<'_>) {
    config
        .service(show::show)
        .service(look::look)
        .service(files::show);
}
