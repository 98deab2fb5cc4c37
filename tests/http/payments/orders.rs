//! A purchase, a cancellation and a refund, whose five events come in every order in which they can come.

use std::collections::HashMap;

use store::DatabaseRole;

use super::payers::{Payer, deliver, deliver_nothing, events, pay_all};
use super::*;

const KINDS: [&str; 5] = [
    "checkout.session.completed",
    "customer.subscription.created",
    "invoice.paid",
    "customer.subscription.updated",
    "charge.refunded",
];

/// How many of them have happened after the payment, after the cancellation, and after the refund.
const STAGES: [usize; 3] = [3, 4, 5];

/// Every order of five things.
fn orders() -> Vec<Vec<usize>> {
    let mut orders = vec![vec![]];
    for thing in 0..KINDS.len() {
        orders = orders
            .iter()
            .flat_map(|order: &Vec<usize>| {
                (0..=order.len()).map(move |place| {
                    let mut longer = order.clone();
                    longer.insert(place, thing);
                    longer
                })
            })
            .collect();
    }
    orders
}

/// Somebody's events, each as soon as it has happened and all that come before it in their order have been told.
struct Telling {
    payer: Payer,
    order: Vec<usize>,
    told: usize,
    events: HashMap<usize, Value>,
}

impl Telling {
    fn next(&mut self) -> Option<&Value> {
        let event = self.events.get(self.order.get(self.told)?)?;
        self.told += 1;
        Some(event)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_hundred_and_twenty_orders_of_five_events_end_in_stripes_state() {
    let app = TestApp::start().await;
    deliver_nothing(&app).await;
    let trial = app.sandbox.clock().now() + TimeDelta::days(14);
    let orders = orders();
    assert_eq!(orders.len(), 120);
    let payers = Payer::many(&app, orders.len(), trial).await;
    pay_all(&app, &payers).await;
    let told = payers
        .into_iter()
        .zip(orders)
        .map(|(payer, order)| Telling {
            payer,
            order,
            told: 0,
            events: HashMap::new(),
        });
    let mut told: Vec<_> = told.collect();
    for happened in STAGES {
        happens(&app, &told, happened).await;
        learn(&app, &mut told, happened).await;
        loop {
            let due: Vec<_> = told.iter_mut().filter_map(Telling::next).collect();
            if due.is_empty() {
                break;
            }
            deliver(&app, due).await;
            app.settled().await;
        }
    }
    let store = app.database.store(DatabaseRole::Worker).await;
    let now = app.sandbox.clock().now();
    for Telling {
        payer, order, told, ..
    } in &told
    {
        assert_eq!(*told, KINDS.len());
        let claim = payer
            .record(&store)
            .await
            .subscription
            .claim(now)
            .to_string();
        let ends = claim.starts_with("personal;") && claim.ends_with(";canceled");
        assert!(ends, "{order:?}: {claim}");
        let theirs = format!("subscriptions?status=all&customer={}", payer.customer);
        let theirs = stripe(&app, Method::GET, &theirs, &[]).await;
        assert_eq!(theirs["data"][0]["status"], "canceled", "{order:?}");
    }
    assert_eq!(quarantined(&app).await, 0);
}

/// What the third and the fourth stage are at Stripe; the payments are made.
async fn happens(app: &TestApp, told: &[Telling], happened: usize) {
    for Telling { payer, .. } in told {
        let customer = &payer.customer;
        if happened == STAGES[1] {
            let listed = format!("subscriptions?customer={customer}");
            let listed = stripe(app, Method::GET, &listed, &[]).await;
            let id = text(&listed["data"][0]["id"]);
            change_at_stripe(app, &id, &[("cancel_at_period_end", "true")]).await;
        } else if happened == STAGES[2] {
            let listed = format!("charges?customer={customer}");
            let charge = stripe(app, Method::GET, &listed, &[]).await;
            let charge = text(&charge["data"][0]["id"]);
            stripe(app, Method::POST, "refunds", &[("charge", &charge)]).await;
        }
    }
}

async fn learn(app: &TestApp, told: &mut [Telling], happened: usize) {
    let kinds = &KINDS[..happened];
    let mut found = HashMap::new();
    for event in events(app, kinds).await {
        let customer = text(&event["data"]["object"]["customer"]);
        let kind = kinds.iter().position(|kind| event["type"] == *kind);
        // The newest come first; what comes later in this list came before.
        found
            .entry((customer, kind.expect("it was asked for")))
            .or_insert(event);
    }
    for telling in told {
        for (kind, name) in kinds.iter().enumerate() {
            let event = found.get(&(telling.payer.customer.clone(), kind));
            let event = event.unwrap_or_else(|| panic!("no {name} was made"));
            telling.events.entry(kind).or_insert(event.clone());
        }
    }
}
