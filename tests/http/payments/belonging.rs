//! What does not belong to us or is not what was asked for gives nothing and waits for a person, who can try it again.

use store::{DatabaseRole, WebhookState};
use tests::process::command;
use tests::{WEBHOOK_SECRET, stripe_signature};

use super::payers::{Payer, deliver, deliver_nothing, events, pay_all};
use super::*;

const PAID: &str = "invoice.paid";

/// Somebody has paid, and nobody has told us.
async fn untold(app: &TestApp) -> (Payer, Value) {
    let trial = app.sandbox.clock().now() + TimeDelta::days(14);
    let mut payers = Payer::many(app, 1, trial).await;
    pay_all(app, &payers).await;
    let event = events(app, &[PAID]).await.remove(0);
    (payers.remove(0), event)
}

/// The event with another id, of which so much is different.
fn with(event: &Value, id: &str, difference: &Value) -> Value {
    let mut event = event.clone();
    event["id"] = json!(id);
    let fields = difference.as_object().expect("fields").clone();
    event.as_object_mut().expect("an event").extend(fields);
    event
}

async fn outcome(app: &TestApp, id: &str) -> (WebhookState, String) {
    app.settled().await;
    let store = app.database.store(DatabaseRole::Worker).await;
    let found = store.webhook(store::Provider::Stripe, id).await;
    let found = found.expect("an answer").expect("it is stored");
    (found.state, found.note.unwrap_or_default())
}

async fn plan(app: &TestApp, payer: &Payer) -> String {
    let store = app.database.store(DatabaseRole::Worker).await;
    let record = payer.record(&store).await;
    let claim = record.subscription.claim(app.sandbox.clock().now());
    claim
        .to_string()
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_another_mode_or_account_is_set_aside_and_unknown_news_ignored() {
    let app = TestApp::start().await;
    deliver_nothing(&app).await;
    let (payer, event) = untold(&app).await;
    for (id, difference, state, note) in [
        (
            "evt_live",
            json!({ "livemode": true }),
            WebhookState::Quarantined,
            "mode",
        ),
        (
            "evt_mute",
            json!({ "livemode": null }),
            WebhookState::Quarantined,
            "shape",
        ),
        (
            "evt_connected",
            json!({ "account": "acct_1" }),
            WebhookState::Quarantined,
            "account",
        ),
        (
            "evt_unknown",
            json!({ "type": "moon.phase_changed" }),
            WebhookState::Ignored,
            "",
        ),
    ] {
        deliver(&app, &[with(&event, id, &difference)]).await;
        let (found, why) = outcome(&app, id).await;
        assert_eq!(found, state, "{id}: {why}");
        assert!(why.contains(note), "{id}: {why}");
        assert_eq!(plan(&app, &payer).await, "trial", "{id}");
    }
    // An event is only a hint, so it may be of any version whose shape names the subscription.
    let other_version = with(
        &event,
        "evt_version",
        &json!({ "api_version": "2035-01-01.opal" }),
    );
    deliver(&app, &[other_version]).await;
    assert_eq!(outcome(&app, "evt_version").await.0, WebhookState::Done);
    assert_eq!(plan(&app, &payer).await, "personal");
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_names_somebody_elses_purchase_gives_them_nothing() {
    let app = TestApp::start().await;
    deliver_nothing(&app).await;
    let (victim, _) = untold(&app).await;
    let theirs = format!("subscriptions?customer={}", victim.customer);
    let theirs = stripe(&app, Method::GET, &theirs, &[]).await;
    let conversion = text(&theirs["data"][0]["metadata"]["conversion_id"]);
    let price = text(&theirs["data"][0]["items"]["data"][0]["price"]["id"]);
    let stranger = stripe(&app, Method::POST, "customers", &[]).await;
    let stranger = text(&stranger["id"]);
    let card = "payment_methods/pm_card_visa/attach";
    let card = stripe(&app, Method::POST, card, &[("customer", &stranger)]).await;
    let card = text(&card["id"]);
    let form = [
        ("customer", stranger.as_str()),
        ("items[0][price]", price.as_str()),
        ("default_payment_method", card.as_str()),
        ("metadata[conversion_id]", conversion.as_str()),
    ];
    stripe(&app, Method::POST, "subscriptions", &form).await;
    let event = events(&app, &[PAID]).await.remove(0);
    assert_eq!(event["data"]["object"]["customer"], stranger);
    deliver(&app, [&event]).await;
    let (state, why) = outcome(&app, event["id"].as_str().expect("an id")).await;
    assert_eq!(state, WebhookState::Quarantined, "{why}");
    assert_eq!(plan(&app, &victim).await, "trial");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_asked_for_gives_nothing_until_it_is_mended_and_replayed() {
    let app = TestApp::start().await;
    deliver_nothing(&app).await;
    let product = stripe(
        &app,
        Method::GET,
        "prices?lookup_keys[]=tenantry_personal_month",
        &[],
    )
    .await;
    let listed = text(&product["data"][0]["id"]);
    let product = text(&product["data"][0]["product"]);
    let other = [
        ("product", product.as_str()),
        ("currency", "usd"),
        ("unit_amount", "1"),
        ("recurring[interval]", "month"),
    ];
    let cheap = stripe(&app, Method::POST, "prices", &other).await;
    let cheap = text(&cheap["id"]);
    for (field, wrong, right, note) in [
        ("items[0][quantity]", "2", "1", "seats"),
        ("items[0][price]", cheap.as_str(), listed.as_str(), "price"),
    ] {
        let (payer, event) = untold(&app).await;
        let id = text(&event["id"]);
        let theirs = format!("subscriptions?customer={}", payer.customer);
        let theirs = stripe(&app, Method::GET, &theirs, &[]).await;
        let subscription = text(&theirs["data"][0]["id"]);
        let item = text(&theirs["data"][0]["items"]["data"][0]["id"]);
        let set = async |value: &str| {
            let form = [
                ("items[0][id]", item.as_str()),
                (field, value),
                ("proration_behavior", "none"),
            ];
            change_at_stripe(&app, &subscription, &form).await;
        };
        set(wrong).await;
        deliver(&app, [&event]).await;
        let (state, why) = outcome(&app, &id).await;
        assert_eq!(state, WebhookState::Quarantined, "{why}");
        assert!(why.contains(note), "{why}");
        assert_eq!(plan(&app, &payer).await, "trial");
        look_at(&app, &subscription).await;
        let letters = billing_command(&app, &["dead-letters"]).await;
        let letter = letters.lines().find(|line| line.contains(&id));
        assert!(letter.is_some_and(|line| line.contains(&why)), "{letters}");
        let looks = letters.lines().filter(|line| line.contains(&why)).count();
        assert_eq!(looks, 2, "the event and the look without one: {letters}");
        set(right).await;
        assert_eq!(
            billing_command(&app, &["replay", &id]).await,
            "1 replayed\n"
        );
        assert_eq!(outcome(&app, &id).await.0, WebhookState::Done);
        assert_eq!(plan(&app, &payer).await, "personal");
        billing_command(&app, &["replay", "--parked"]).await;
        app.settled().await;
        let letters = billing_command(&app, &["dead-letters"]).await;
        assert!(!letters.contains(&why), "{letters}");
    }
    a_price_of_ours_for_another_amount(&app, &product).await;
}

/// As the catch-up does with what no event has told.
async fn look_at(app: &TestApp, subscription: &str) {
    let store = app.database.store(DatabaseRole::Worker).await;
    let (kind, now) = ("stripe_subscription", app.sandbox.clock().now());
    let payload = json!({ "subscription_id": subscription });
    let key = format!("{kind}:{subscription}");
    let queued = store.enqueue_system(kind, &key, &payload, now).await;
    queued.expect("it is queued");
    app.settled().await;
}

/// As if somebody had moved the look-up key to a price that costs less after the buyer was shown ours.
async fn a_price_of_ours_for_another_amount(app: &TestApp, product: &str) {
    let (payer, event) = untold(app).await;
    let moved = [
        ("product", product),
        ("currency", "usd"),
        ("unit_amount", "1"),
        ("recurring[interval]", "month"),
        ("lookup_key", "tenantry_personal_month"),
        ("transfer_lookup_key", "true"),
    ];
    let moved = stripe(app, Method::POST, "prices", &moved).await;
    let theirs = format!("subscriptions?customer={}", payer.customer);
    let theirs = stripe(app, Method::GET, &theirs, &[]).await;
    let item = text(&theirs["data"][0]["items"]["data"][0]["id"]);
    let moved = text(&moved["id"]);
    let form = [
        ("items[0][id]", item.as_str()),
        ("items[0][price]", moved.as_str()),
        ("proration_behavior", "none"),
    ];
    change_at_stripe(app, theirs["data"][0]["id"].as_str().expect("an id"), &form).await;
    deliver(app, [&event]).await;
    let (state, why) = outcome(app, event["id"].as_str().expect("an id")).await;
    assert_eq!(state, WebhookState::Quarantined, "{why}");
    assert!(why.contains("amount"), "{why}");
    assert_eq!(plan(app, &payer).await, "trial");
}

/// What an operator's command prints.
async fn billing_command(app: &TestApp, arguments: &[&str]) -> String {
    let arguments = [&["billing"], arguments].concat();
    let output = command(&arguments, &app.variables).output().await;
    let output = output.expect("the binary starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_replaced_while_payments_come_and_none_is_lost() {
    let app = TestApp::start().await;
    let target = json!({ "url": format!("{}/webhooks/stripe", app.url), "secret": WEBHOOK_SECRET });
    let endpoint = app.sandbox_request(Method::POST, "stripe/sandbox/webhook_endpoint");
    let endpoint = app.send(endpoint.json(&target)).await.json();
    let trial = app.sandbox.clock().now() + TimeDelta::days(14);
    let payers = Payer::many(&app, 40, trial).await;
    let mut batches = payers.chunks(10);
    let mut pay_some = async |app: &TestApp| {
        pay_all(app, batches.next().expect("some are left")).await;
    };
    pay_some(&app).await;
    let path = format!(
        "stripe/sandbox/webhook_endpoints/{}/roll",
        text(&endpoint["id"])
    );
    let roll = app.sandbox_request(Method::POST, &path);
    let rolled = app.send(roll.json(&json!({ "keep_seconds": 3600 }))).await;
    let new = text(&rolled.assert_status(200).json()["secret"]);
    // Both sign, and only the old one is known here.
    pay_some(&app).await;
    let both = format!("{new},{WEBHOOK_SECRET}");
    let app = app.restart_with(&[("STRIPE_WEBHOOK_SECRETS", &both)]).await;
    app.advance("PT2H").await;
    // Only the new one signs.
    pay_some(&app).await;
    let app = app.restart_with(&[("STRIPE_WEBHOOK_SECRETS", &new)]).await;
    pay_some(&app).await;
    app.settled().await;
    for payer in &payers {
        assert_eq!(plan(&app, payer).await, "personal");
    }
    let body = json!({ "id": "evt_old", "type": PAID }).to_string();
    let old = stripe_signature(WEBHOOK_SECRET, app.now(), &body);
    app.stripe_webhook(&body, &[&old])
        .await
        .assert_problem(400, "invalid_signature");
}
