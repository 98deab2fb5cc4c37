use super::super::account::{Portal, Webhook};
use super::*;

const URL: &str = "https://api.example.com/webhooks/stripe";

/// An account as the catalogue wants it.
fn right() -> Account {
    let mut account = Account::default();
    for entry in CATALOGUE.iter().filter(|entry| !entry.prices.is_empty()) {
        let id = format!("prod_{}", entry.plan);
        account.products.push(Product {
            id: id.clone(),
            name: product_name(entry),
            active: true,
            metadata: [(PLAN.to_owned(), entry.plan.to_string())].into(),
        });
        account
            .prices
            .extend(entry.prices.iter().map(|price| Price {
                id: format!("price_{}", price.lookup_key),
                product: id.clone(),
                active: true,
                lookup_key: Some(price.lookup_key.into()),
                unit_amount: Some(i64::from(price.unit_amount_cents)),
                currency: CURRENCY.into(),
                recurring: Some(every(price)),
            }));
    }
    account.webhooks.push(Webhook {
        id: "we_1".into(),
        url: URL.into(),
        status: "enabled".into(),
        enabled_events: EVENTS.iter().map(|event| (*event).into()).collect(),
    });
    account.portals.push(Portal {
        id: "bpc_1".into(),
        active: true,
        is_default: true,
        features: wanted_features(),
    });
    account
}

/// The lines that are not ok after something was done to a right account.
fn after(harm: impl FnOnce(&mut Account)) -> Vec<String> {
    let mut account = right();
    harm(&mut account);
    let items = compare(&account, URL);
    let wrong = items.iter().filter(|item| item.repair.is_some());
    wrong.map(Item::to_string).collect()
}

#[test]
fn nothing_is_to_be_done_on_a_right_account() {
    assert_eq!(after(|_| {}), [""; 0]);
    let items = compare(&right(), URL);
    assert_eq!(items.len(), 3 + 6 + 2);
    assert!(items.iter().all(|item| item.to_string().starts_with("ok")));
}

#[test]
fn an_empty_account_needs_everything_products_first() {
    let items = compare(&Account::default(), URL);
    assert!(items.iter().all(|item| item.repair.is_some()));
    assert_eq!(
        items.iter().filter(|item| item.stage() == Some(0)).count(),
        3
    );
}

#[test]
fn another_amount_makes_another_price() {
    let wrong = after(|account| account.prices[0].unit_amount = Some(1));
    let [line] = wrong.as_slice() else {
        panic!("{wrong:?}");
    };
    assert!(
        line.starts_with("create  price tenantry_personal_month"),
        "{line}"
    );
    assert!(line.contains("price_tenantry_personal_month"), "{line}");
}

#[test]
fn an_archived_price_is_taken_up_again() {
    let wrong = after(|account| account.prices[1].active = false);
    assert!(
        wrong[0].starts_with("change  price tenantry_personal_year"),
        "{wrong:?}"
    );
}

#[test]
fn two_active_prices_of_one_meaning_are_found() {
    let wrong = after(|account| {
        let twin = Price {
            id: "price_twin".into(),
            lookup_key: None,
            unit_amount: Some(5),
            ..account.prices[0].clone()
        };
        account.prices.push(twin);
    });
    assert!(
        wrong[0].starts_with("archive price price_twin"),
        "{wrong:?}"
    );
}

#[test]
fn a_webhook_needs_its_events_and_to_be_on() {
    let deaf = after(|account| {
        account.webhooks[0].enabled_events.pop();
    });
    let off = after(|account| account.webhooks[0].status = "disabled".into());
    let elsewhere = after(|account| account.webhooks[0].url.push('x'));
    for (wrong, verb) in [(deaf, "change"), (off, "change"), (elsewhere, "create")] {
        assert!(
            wrong[0].starts_with(verb) && wrong[0].contains(URL),
            "{wrong:?}"
        );
    }
    let hears_all = after(|account| account.webhooks[0].enabled_events = vec!["*".into()]);
    assert_eq!(hears_all, [""; 0]);
}

#[test]
fn plans_are_not_changed_in_the_portal() {
    let wrong = after(|account| {
        account.portals[0].features.subscription_update.enabled = true;
    });
    assert!(wrong[0].starts_with("change  portal"), "{wrong:?}");
}
