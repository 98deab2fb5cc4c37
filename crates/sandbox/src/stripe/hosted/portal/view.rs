//! The portal's page.

use chrono::DateTime;
use maud::{Markup, html};

use super::super::super::account::Account;
use super::super::super::billing_portal::{FlowKind, PortalSession};
use super::super::super::invoices::{Invoice, Status as InvoiceStatus};
use super::super::super::portal_configurations::Features;
use super::super::super::subscriptions::Subscription;
use super::super::dollars;
use super::plan::MOST_SEATS;

/// Invoices that the page lists.
const LISTED: usize = 24;

/// One rendering of the page.
struct View<'a> {
    account: &'a Account,
    session: &'a PortalSession,
    secret: &'a str,
    features: Features,
}

pub(super) fn overview(
    account: &Account,
    session: &PortalSession,
    secret: &str,
    problem: Option<&str>,
) -> Markup {
    let view = View {
        account,
        session,
        secret,
        features: account.features(session),
    };
    let subscriptions: Vec<_> = account
        .subscriptions
        .newest_first()
        .map(|(_, found)| found)
        .filter(|found| found.customer == session.customer)
        .filter(|found| {
            let flow = session.flow.as_ref();
            flow.is_none_or(|flow| flow.concerns(&found.id))
        })
        .collect();
    html! {
        h1 { "Your subscription" }
        @if let Some(problem) = problem {
            p.problem role="alert" { (problem) }
        }
        @if subscriptions.is_empty() {
            p { "There is no subscription yet." }
        }
        @for subscription in subscriptions {
            section { (view.subscription(subscription)) }
        }
        section { (view.card()) }
        @if view.features.invoice_history && session.flow.is_none() {
            section { (view.invoices()) }
        }
        @if let Some(return_url) = &session.return_url {
            p { a href=(return_url) { "Go back" } }
        }
    }
}

impl View<'_> {
    fn token(&self) -> Markup {
        html! { input type="hidden" name="token" value=(self.session.form_token); }
    }

    fn subscription(&self, subscription: &Subscription) -> Markup {
        let price = self.account.price(&subscription.price);
        let amount = dollars(price.unit_amount * subscription.quantity);
        let end = subscription.ends_at();
        html! {
            h2 { (self.account.product_name(price)) }
            dl {
                dt { "Status" } dd { (subscription.status.as_str().replace('_', " ")) }
                dt { "Seats" } dd { (subscription.quantity) }
                dt { "Price" } dd { (amount) " per " (price.interval.as_str()) }
                @match end {
                    Some(end) => { dt { "Ends on" } dd { (day(end)) } }
                    None => { dt { "Renews on" } dd { (day(subscription.period_end)) } }
                }
            }
            @if !subscription.is_over() {
                @if self.features.update && self.session.offers(FlowKind::SubscriptionUpdate) {
                    (self.update_form(subscription))
                }
                (self.end_form(subscription))
            }
        }
    }

    fn action(&self, subscription: &Subscription, wish: &str) -> String {
        format!("/stripe/portal/{}/{}/{wish}", self.secret, subscription.id)
    }

    fn end_form(&self, subscription: &Subscription) -> Markup {
        let resumes = subscription.ends_at().is_some();
        let offered = resumes || self.session.offers(FlowKind::SubscriptionCancel);
        let (wish, label) = match (resumes, self.features.cancel_at_period_end) {
            (true, _) => ("resume", "Keep the subscription"),
            (false, true) => ("cancel", "Cancel at the end of the period"),
            (false, false) => ("cancel", "Cancel now"),
        };
        html! {
            @if self.features.cancel && offered {
                form method="post" action=(self.action(subscription, wish)) {
                    (self.token())
                    button.quiet[!resumes] { (label) }
                }
            }
        }
    }

    fn update_form(&self, subscription: &Subscription) -> Markup {
        let may = |what: &str| {
            self.features
                .allowed_updates
                .iter()
                .any(|known| known == what)
        };
        let id = &subscription.id;
        let prices = self.features.products.iter().flat_map(|(_, prices)| prices);
        let offered = prices.filter_map(|id| self.account.prices.get(id));
        html! {
            form method="post" action=(self.action(subscription, "update")) {
                (self.token())
                @if may("price") {
                    label for=(format!("price-{id}")) { "Plan" }
                    select id=(format!("price-{id}")) name="price" {
                        @for price in offered {
                            option value=(price.id) selected[price.id == subscription.price] {
                                (self.account.product_name(price)) ", " (dollars(price.unit_amount)) " per seat and "
                                (price.interval.as_str())
                            }
                        }
                    }
                }
                @if may("quantity") {
                    label for=(format!("quantity-{id}")) { "Seats" }
                    input id=(format!("quantity-{id}")) name="quantity" type="number" min="1" max=(MOST_SEATS)
                        required value=(subscription.quantity);
                }
                button { "Change the plan" }
            }
        }
    }

    fn card(&self) -> Markup {
        let owner = self.account.customers.get(&self.session.customer);
        let subscriptions = self.account.subscriptions.newest_first();
        let own = subscriptions
            .filter(|(_, found)| found.customer == self.session.customer && !found.is_over())
            .find_map(|(id, _)| self.account.method_for(id));
        let method = own.or_else(|| owner?.default_method.clone());
        let method = method.and_then(|id| self.account.payment_methods.get(&id));
        html! {
            h2 { "Payment method" }
            p { @match method {
                Some(method) => { (method.label()) }
                None => { "No card is saved." }
            } }
            @if self.features.payment_method_update && self.session.offers(FlowKind::PaymentMethodUpdate) {
                form method="post" action=(format!("/stripe/portal/{}/card", self.secret)) {
                    (self.token())
                    label for="card" { "New card number" }
                    input #card name="card" inputmode="numeric" autocomplete="off" required aria-describedby="hint";
                    p.hint #hint {
                        "Test cards only: 4242 4242 4242 4242 pays, 4000 0000 0000 0341 is saved and declined later."
                    }
                    button.quiet { "Replace the card" }
                }
            }
        }
    }

    fn invoices(&self) -> Markup {
        let own: Vec<_> = self
            .account
            .invoices
            .newest_first()
            .map(|(_, invoice)| invoice)
            .filter(|invoice| invoice.customer == self.session.customer)
            .filter(|invoice| invoice.status != InvoiceStatus::Draft)
            .take(LISTED)
            .collect();
        html! {
            h2 { "Invoices" }
            @if own.is_empty() { p { "There is no invoice yet." } }
            @else {
                table {
                    thead { tr {
                        th scope="col" { "Number" } th scope="col" { "Date" } th scope="col" { "Amount" }
                        th scope="col" { "Status" }
                    } }
                    tbody { @for invoice in own { (self.invoice(invoice)) } }
                }
            }
        }
    }

    fn invoice(&self, invoice: &Invoice) -> Markup {
        let action = format!("/stripe/portal/{}/invoice/{}/pay", self.secret, invoice.id);
        html! {
            tr {
                td { (invoice.number.as_deref().unwrap_or_default()) }
                td { (day(invoice.created)) }
                td { (dollars(invoice.due())) }
                td {
                    (invoice.status.as_str())
                    @if invoice.is_open() {
                        form method="post" action=(action) { (self.token()) button { "Pay" } }
                    }
                }
            }
        }
    }
}

fn day(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map(|day| day.format("%-d %B %Y").to_string())
        .unwrap_or_default()
}
