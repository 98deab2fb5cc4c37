//! The hosted payment page. Every call carries a key that is made of the conversion, so it may be sent again.

use domain::catalogue::{self, CURRENCY};
use domain::{ConversionId, TenantId};
use store::Conversion;
use url::Url;

use crate::app::AppState;
use crate::billing::client::NewCheckoutSession;
use crate::billing::wire::Price;
use crate::problem::{Code, Problem};

pub(super) struct PaymentPage {
    pub(super) customer_id: String,
    pub(super) session_id: String,
    pub(super) url: String,
}

/// # Errors
/// 503 when Stripe is away or does not sell what the catalogue says.
pub(super) async fn create(
    state: &AppState,
    tenant: &TenantId,
    conversion: &Conversion,
) -> Result<PaymentPage, Problem> {
    let id = conversion.id.to_string();
    let listed = catalogue::price(conversion.plan, conversion.interval)
        .filter(|listed| listed.lookup_key == conversion.lookup_key)
        .ok_or_else(|| not_sold(&conversion.lookup_key))?;
    let price = listed_price(state, listed).await?;
    let customer = state
        .billing
        .create_customer(tenant.as_str(), &format!("conversion:{id}:customer"))
        .await?;
    let login = &state.config.http.app_login_url;
    let (success, cancelled) = (
        back(login, conversion.id, "success"),
        back(login, conversion.id, "cancelled"),
    );
    let new = NewCheckoutSession {
        customer: &customer.id,
        price: &price.id,
        quantity: conversion.seats,
        reference: ("conversion_id", &id),
        success_url: success.as_str(),
        cancel_url: cancelled.as_str(),
    };
    let session = state
        .billing
        .create_checkout_session(&new, &format!("conversion:{id}:checkout"))
        .await?;
    match session.url {
        Some(url) => Ok(PaymentPage {
            customer_id: customer.id,
            session_id: session.id,
            url,
        }),
        None => Err(Problem::new(Code::BillingUnavailable)),
    }
}

/// Nobody is asked for another amount than the catalogue's: such a payment would be set aside.
///
/// # Errors
/// 503 when Stripe is away or does not sell what the catalogue says.
pub(in crate::routes) async fn listed_price(
    state: &AppState,
    listed: &catalogue::Price,
) -> Result<Price, Problem> {
    let found = state.billing.price_by_lookup_key(listed.lookup_key).await?;
    let as_listed = found.filter(|price| {
        price.currency == CURRENCY && price.unit_amount == Some(i64::from(listed.unit_amount_cents))
    });
    as_listed.ok_or_else(|| not_sold(listed.lookup_key))
}

fn not_sold(lookup_key: &str) -> Problem {
    tracing::error!(
        lookup_key,
        "Stripe has no such price, or another amount than the catalogue"
    );
    Problem::new(Code::BillingUnavailable)
}

/// The application's login, whose own query is kept.
fn back(login: &Url, conversion: ConversionId, outcome: &str) -> Url {
    let mut url = login.clone();
    url.query_pairs_mut()
        .append_pair("conversion", &conversion.to_string())
        .append_pair("checkout", outcome);
    url
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_way_back_keeps_the_logins_own_query() {
        let login = Url::parse("https://app.example.com/login?connection=google").unwrap();
        let url = back(&login, Uuid::nil().into(), "success");
        assert_eq!(
            url.as_str(),
            "https://app.example.com/login?connection=google&conversion=00000000-0000-0000-0000-000000000000&checkout=success"
        );
    }
}
