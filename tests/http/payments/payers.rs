//! Many people who are about to pay for the personal plan: what a checkout of each would leave, without their logins.

use domain::catalogue::price;
use domain::{ConversionId, ConversionStep, IndividualId, Interval, Plan, TenantId};
use futures::StreamExt;
use futures::stream;
use store::{Conversion, DatabaseRole, Store, SubscriptionRecord};
use tests::{WEBHOOK_SECRET, stripe_signature};
use uuid::Uuid;

use super::*;

/// How many are made or told of at once.
const AT_ONCE: usize = 16;

pub(super) struct Payer {
    pub(super) tenant: TenantId,
    pub(super) customer: String,
    /// Of the hosted page, below the sandbox.
    page: String,
}

impl Payer {
    /// Their trials end at this time.
    pub(super) async fn many(app: &TestApp, count: usize, trial: DateTime<Utc>) -> Vec<Self> {
        let store = app.database.store(DatabaseRole::Api).await;
        let path = "prices?lookup_keys[]=tenantry_personal_month";
        let listed = stripe(app, Method::GET, path, &[]).await;
        let price = text(&listed["data"][0]["id"]);
        let payers = (0..count).map(|_| Self::create(app, &store, &price, trial));
        stream::iter(payers).buffered(AT_ONCE).collect().await
    }

    async fn create(app: &TestApp, store: &Store, price: &str, trial: DateTime<Utc>) -> Self {
        let now = app.sandbox.clock().now();
        let mut conversion = requested(app, now);
        let customer = stripe(app, Method::POST, "customers", &[]).await;
        let customer = text(&customer["id"]);
        let id = conversion.id.to_string();
        let form = [
            ("mode", "subscription"),
            ("customer", customer.as_str()),
            ("line_items[0][price]", price),
            ("line_items[0][quantity]", "1"),
            ("subscription_data[metadata][conversion_id]", id.as_str()),
            ("success_url", app.url.as_str()),
        ];
        let session = stripe(app, Method::POST, "checkout/sessions", &form).await;
        let session = text(&session["id"]);
        conversion.stripe_customer_id = Some(customer.clone());
        conversion.checkout_session_id = Some(session.clone());
        let new = IndividualId::from_uuid(Uuid::now_v7());
        let opened = store.individual(&conversion.person, new, now).await;
        let mut tx = opened.expect("a tenant").tx;
        let tenant = tx.tenant().clone();
        let record = SubscriptionRecord::new(domain::Subscription::trial_until(trial));
        tx.save_subscription(&record).await.expect("a trial");
        tx.insert_conversion(&conversion).await.expect("a purchase");
        for object in [&customer, &session] {
            let linked = tx.link_stripe(object, Some(conversion.id)).await;
            linked.expect("it is linked");
        }
        tx.commit().await.expect("it is committed");
        Self {
            tenant,
            customer,
            page: format!("stripe/pay/{session}"),
        }
    }

    /// Pays on the hosted page.
    pub(super) async fn pay(&self, app: &TestApp) {
        let paid = app.sandbox_request(Method::POST, &self.page);
        let paid = paid.form(&[("card", "4242 4242 4242 4242")]);
        app.send(paid).await.assert_status(303);
    }

    /// What this database has.
    pub(super) async fn record(&self, store: &Store) -> SubscriptionRecord {
        let tx = store.tenant(&self.tenant).await;
        let record = tx.expect("a transaction").subscription().await;
        record.expect("it is read").expect("a subscription")
    }
}

/// All of them, some at once.
pub(super) async fn pay_all(app: &TestApp, payers: &[Payer]) {
    let paid = payers.iter().map(|payer| payer.pay(app));
    stream::iter(paid)
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}

fn requested(app: &TestApp, now: DateTime<Utc>) -> Conversion {
    let sold = price(Plan::Personal, Interval::Month).expect("it is for sale");
    let user_id = format!("auth0|{}", Uuid::new_v4().simple());
    Conversion {
        id: ConversionId::from(Uuid::now_v7()),
        person: domain::Person {
            issuer: app.sandbox.base_url().parse().expect("an issuer"),
            user_id: user_id.parse().expect("a user id"),
        },
        plan: Plan::Personal,
        interval: Interval::Month,
        seats: 1,
        lookup_key: sold.lookup_key.to_owned(),
        wanted_name: None,
        display_name: None,
        keep_projects_personal: false,
        step: ConversionStep::Requested,
        try_no: 0,
        auth0_org_id: None,
        stripe_customer_id: None,
        checkout_session_id: None,
        stripe_subscription_id: None,
        checkout_url: None,
        paid_until: None,
        fence: 0,
        last_error: None,
        created_at: now,
        updated_at: now,
    }
}

/// From now on nothing is delivered but what a test delivers itself.
pub(super) async fn deliver_nothing(app: &TestApp) {
    switch(app, &json!({ "drop": true })).await;
}

pub(super) async fn switch(app: &TestApp, switches: &Value) {
    let path = "stripe/sandbox/deliveries/switches";
    let request = app.sandbox_request(Method::POST, path).json(switches);
    app.send(request).await.assert_status(200);
}

/// Stripe's events of these types, newest first.
pub(super) async fn events(app: &TestApp, kinds: &[&str]) -> Vec<Value> {
    let types: String = kinds
        .iter()
        .map(|kind| format!("&types[]={kind}"))
        .collect();
    let (mut events, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("events?limit=100{types}{after}");
        let page = stripe(app, Method::GET, &path, &[]).await;
        events.extend(page["data"].as_array().expect("a list").iter().cloned());
        if page["has_more"] == false {
            return events;
        }
        let last = text(&events.last().expect("a full page")["id"]);
        after = format!("&starting_after={last}");
    }
}

/// Delivers events as Stripe does, some at once.
pub(super) async fn deliver<'a>(app: &TestApp, events: impl IntoIterator<Item = &'a Value>) {
    let sent = events.into_iter().map(|event| async move {
        let body = event.to_string();
        let signature = stripe_signature(WEBHOOK_SECRET, app.now(), &body);
        let answer = app.stripe_webhook(&body, &[&signature]).await;
        answer.assert_status(200);
    });
    let sent: Vec<_> = sent.collect();
    stream::iter(sent)
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}
