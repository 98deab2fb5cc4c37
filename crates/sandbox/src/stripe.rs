//! The billing stand-in under `/stripe`: a subset of Stripe's API with its real shapes, the hosted pages, and signed
//! webhooks that are delivered at least once.

mod account;
mod billing_portal;
mod call;
mod catalogue;
mod checkout_sessions;
mod control;
mod customers;
mod deliveries;
mod error;
mod events;
mod expand;
mod form;
mod hosted;
mod idempotency;
mod invoices;
mod ledger;
mod object_id;
mod pages;
mod period;
mod renewal;
mod shelf;
mod signature;
mod subscriptions;

use actix_web::{HttpRequest, HttpResponse, ResponseError, web};

pub(crate) use account::Account;

use crate::state::State;
use error::StripeError;

/// Mounts `/stripe/…`.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    let scope = web::scope("/stripe")
        .configure(api)
        .configure(hosted_pages)
        .configure(controls)
        .default_service(web::to(unrecognized));
    config.service(scope);
}

fn api(config: &mut web::ServiceConfig) {
    config
        .service((
            catalogue::list_prices,
            catalogue::show_price,
            catalogue::list_products,
            catalogue::show_product,
        ))
        .service((
            customers::create,
            customers::show,
            customers::change,
            customers::list,
        ))
        .service((
            checkout_sessions::create::create,
            checkout_sessions::show,
            checkout_sessions::list,
        ))
        .service((checkout_sessions::line_items, checkout_sessions::expire))
        .service((
            subscriptions::list,
            subscriptions::show,
            subscriptions::change::change,
            subscriptions::cancel,
        ))
        .service((invoices::list, invoices::show))
        .service((events::list, events::show))
        .service(billing_portal::create);
}

fn hosted_pages(config: &mut web::ServiceConfig) {
    config
        .service((hosted::pay::show, hosted::pay::pay))
        .service((hosted::portal::show, hosted::portal::change));
}

fn controls(config: &mut web::ServiceConfig) {
    config
        .service((control::set_endpoint, control::remove_endpoint))
        .service((
            control::show_deliveries,
            control::set_switches,
            control::release,
            control::resend,
        ))
        .service((
            control::renew,
            control::fail_payment,
            control::give_up_payment,
            control::cancel,
            control::set_renewals,
        ));
}

async fn unrecognized(request: HttpRequest) -> HttpResponse {
    StripeError::unrecognized_url(request.method().as_str(), request.path()).error_response()
}

/// Starts the task that renews, expires and delivers. It ends with the runtime it was started on.
///
/// # Errors
/// The HTTP client could not be set up.
pub(crate) fn start_delivery(state: State) -> Result<tokio::task::JoinHandle<()>, reqwest::Error> {
    let client = deliveries::http_client()?;
    Ok(tokio::spawn(deliveries::start(state, client)))
}
