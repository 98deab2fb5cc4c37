//! Purchases and their ends, whose events come in every order in which they can come.

use std::collections::HashMap;

use store::DatabaseRole;

use super::payers::{Payer, deliver, deliver_nothing, events, pay_all};
use super::*;

/// What happens to everybody, told by events of these kinds.
struct Story {
    kinds: &'static [&'static str],
    /// After so many of the events have happened, this is done at Stripe.
    deeds: &'static [(usize, Deed)],
    /// Of the claim, in the end.
    ends: &'static str,
}

#[derive(Clone, Copy)]
enum Deed {
    CancelAtPeriodEnd,
    GiveBack,
    End,
}

const GIVEN_BACK: Story = Story {
    kinds: &[
        "checkout.session.completed",
        "customer.subscription.created",
        "invoice.paid",
        "customer.subscription.updated",
        "charge.refunded",
    ],
    deeds: &[(3, Deed::CancelAtPeriodEnd), (4, Deed::GiveBack)],
    ends: "canceled",
};

/// Nothing went back, so what is paid is theirs to its end.
const ENDED: Story = Story {
    kinds: &[
        "checkout.session.completed",
        "customer.subscription.created",
        "invoice.paid",
        "customer.subscription.deleted",
    ],
    deeds: &[(3, Deed::End)],
    ends: "active",
};

/// Every order of so many things.
fn orders(of: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![vec![]];
    for thing in 0..of {
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
    assert_eq!(tell(&GIVEN_BACK).await, 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_heard_first_of_a_purchase_and_its_end_what_was_paid_is_kept() {
    assert_eq!(tell(&ENDED).await, 24);
}

/// Answers how many orders there were.
async fn tell(story: &Story) -> usize {
    let app = TestApp::start().await;
    deliver_nothing(&app).await;
    let trial = app.sandbox.clock().now() + TimeDelta::days(14);
    let orders = orders(story.kinds.len());
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
    let last = [(story.kinds.len(), None)];
    let deeds = story
        .deeds
        .iter()
        .map(|(happened, deed)| (*happened, Some(*deed)));
    for (happened, next) in deeds.chain(last) {
        learn(&app, &mut told, &story.kinds[..happened]).await;
        loop {
            let due: Vec<_> = told.iter_mut().filter_map(Telling::next).collect();
            if due.is_empty() {
                break;
            }
            deliver(&app, due).await;
            app.settled().await;
        }
        if let Some(deed) = next {
            happens(&app, &told, deed).await;
        }
    }
    for telling in &told {
        assert_eq!(telling.told, story.kinds.len());
        end(&app, telling, story.ends).await;
    }
    assert_eq!(quarantined(&app).await, 0);
    told.len()
}

async fn end(app: &TestApp, telling: &Telling, status: &str) {
    let Telling { payer, order, .. } = telling;
    let theirs = format!("subscriptions?status=all&customer={}", payer.customer);
    let theirs = stripe(app, Method::GET, &theirs, &[]).await;
    let theirs = &theirs["data"][0];
    assert_eq!(theirs["status"], "canceled", "{order:?}");
    let store = app.database.store(DatabaseRole::Worker).await;
    let ours = payer.record(&store).await.subscription;
    let claim = ours.claim(app.sandbox.clock().now()).to_string();
    let is_so = claim.starts_with("personal;") && claim.ends_with(&format!(";{status}"));
    assert!(is_so, "{order:?}: {claim}");
    if let domain::State::Active {
        term,
        cancel_at_period_end,
    } = ours.state
    {
        let paid_until = theirs["items"]["data"][0]["current_period_end"].as_i64();
        assert_eq!(Some(term.paid_until.timestamp()), paid_until, "{order:?}");
        assert!(cancel_at_period_end, "{order:?}: {claim}");
    }
}

async fn happens(app: &TestApp, told: &[Telling], deed: Deed) {
    for Telling { payer, .. } in told {
        let customer = &payer.customer;
        let listed = format!("subscriptions?customer={customer}");
        let listed = stripe(app, Method::GET, &listed, &[]).await;
        let id = text(&listed["data"][0]["id"]);
        match deed {
            Deed::CancelAtPeriodEnd => {
                change_at_stripe(app, &id, &[("cancel_at_period_end", "true")]).await;
            }
            Deed::GiveBack => {
                let charges = format!("charges?customer={customer}");
                let charge = stripe(app, Method::GET, &charges, &[]).await;
                let charge = text(&charge["data"][0]["id"]);
                stripe(app, Method::POST, "refunds", &[("charge", &charge)]).await;
            }
            Deed::End => {
                let path = format!("subscriptions/{id}");
                stripe(app, Method::DELETE, &path, &[]).await;
            }
        }
    }
}

async fn learn(app: &TestApp, told: &mut [Telling], kinds: &[&str]) {
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
