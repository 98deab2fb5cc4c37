//! `/sandbox/**`: the doors that no real tenant has, for tests and the demo.

mod clock;
mod consistency;
mod dns;
mod duration;
mod event_stream;
mod faults;
mod keys;
mod mailbox;
mod requests;
mod reset;

use actix_web::web;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .service((mailbox::show, mailbox::clear))
        .service((clock::show, clock::change, clock::reset))
        .service((dns::show, dns::set, dns::remove))
        .service((consistency::show, consistency::change))
        .service((event_stream::show, event_stream::change))
        .service((faults::list, faults::plan, faults::clear))
        .service((requests::show, requests::clear))
        .service((keys::rotate, keys::revoke_previous))
        .service(reset::reset);
}
