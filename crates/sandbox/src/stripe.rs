//! The billing stand-in under `/stripe`: a subset of Stripe's API with its real shapes, the hosted pages, and signed
//! webhooks that are delivered at least once.

mod account;
mod balance;
mod billing_portal;
mod call;
mod cards;
mod catalogue;
mod checkout_sessions;
mod control;
mod customers;
mod deliveries;
mod disputes;
mod dunning;
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
mod payment_methods;
mod payments;
mod period;
mod portal_configurations;
mod refunds;
mod renewal;
mod schedules;
mod shelf;
mod signature;
mod subscriptions;
mod webhook_endpoints;

use actix_web::{HttpRequest, HttpResponse, ResponseError, web};

pub(crate) use account::Account;

use crate::state::State;
use error::StripeError;

/// The most that Stripe charges at once (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>).
const MOST_CENTS: i64 = 99_999_999;

/// Mounts `/stripe/…`, and the API once more at the root: Stripe's own libraries take a host and no path.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    let scope = web::scope("/stripe")
        .configure(api)
        .configure(hosted_pages)
        .configure(controls)
        .default_service(web::to(unrecognized));
    config
        .service(scope)
        .configure(api)
        .service(web::resource("/v1/{rest:.*}").to(unrecognized));
}

fn api(config: &mut web::ServiceConfig) {
    config
        .service((
            catalogue::prices::create,
            catalogue::prices::change,
            catalogue::prices::list,
            catalogue::prices::show,
        ))
        .service((
            catalogue::products::create,
            catalogue::products::change,
            catalogue::products::list,
            catalogue::products::show,
        ))
        .service((
            webhook_endpoints::create,
            webhook_endpoints::change,
            webhook_endpoints::remove,
            webhook_endpoints::list,
            webhook_endpoints::show,
        ))
        .service((
            portal_configurations::create,
            portal_configurations::change,
            portal_configurations::list,
            portal_configurations::show,
        ))
        .service((
            customers::create,
            customers::show,
            customers::change,
            customers::list,
            customers::remove,
        ))
        .service((balance::create, balance::list))
        .service((
            payment_methods::create,
            payment_methods::list,
            payment_methods::list_of_customer,
            payment_methods::show,
            payment_methods::attach_to,
            payment_methods::detach,
        ))
        .service((
            checkout_sessions::create::create,
            checkout_sessions::show,
            checkout_sessions::list,
        ))
        .service((checkout_sessions::line_items, checkout_sessions::expire))
        .service((
            subscriptions::list,
            subscriptions::create::create,
            subscriptions::show,
            subscriptions::change::change,
            subscriptions::end::cancel,
        ))
        .service((
            schedules::list,
            schedules::create::create,
            schedules::show,
            schedules::create::change,
            schedules::release,
            schedules::cancel,
        ))
        .configure(payments)
        .service((events::list, events::show))
        .service(billing_portal::create);
}

fn payments(config: &mut web::ServiceConfig) {
    config
        .service((
            invoices::list,
            invoices::preview::create,
            invoices::show,
            invoices::operations::lines,
            invoices::operations::finalize,
            invoices::operations::pay,
            invoices::operations::void,
            invoices::operations::mark_uncollectible,
        ))
        .service((invoices::payments::list, invoices::payments::show))
        .service((payments::list, payments::show, payments::show_intent))
        .service((refunds::create, refunds::list, refunds::show))
        .service((disputes::list, disputes::show));
}

fn hosted_pages(config: &mut web::ServiceConfig) {
    config
        .service((hosted::pay::show, hosted::pay::pay, hosted::pay::prove))
        .service((
            hosted::portal::show,
            hosted::portal::card::replace,
            hosted::portal::card::prove,
            hosted::portal::card::pay,
            hosted::portal::plan::change,
        ));
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
        ))
        .service((
            control::account::dispute,
            control::account::close_dispute,
            control::account::roll,
            control::account::clear_catalogue,
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
    set_webhook(&state);
    Ok(tokio::spawn(deliveries::start(state, client)))
}

/// Makes the end point that was set from outside one of the account's.
pub(crate) fn set_webhook(state: &State) {
    ledger::change(state, |_, _| ());
}
