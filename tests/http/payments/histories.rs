//! Whole histories by chance, whose events come late, twice, in disorder or never: in the end ours is what Stripe has.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use store::DatabaseRole;

use super::payers::switch;
use super::*;

const SEEDS: [u64; 3] = [1, 2, 3];
const ORGANIZATIONS: usize = 5;
const ROUNDS: usize = 8;

/// What may happen to a subscription, here, at Stripe or at the bank.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Change(&'static str, &'static str, u32),
    Cancel,
    Resume,
    CardFails,
    CardWorks,
    GiveBackSome,
    GiveBackAll,
    LoseDispute,
    EndAtStripe,
}

const PASSES: [TimeDelta; 5] = [
    TimeDelta::zero(),
    TimeDelta::minutes(61),
    TimeDelta::days(2),
    TimeDelta::days(8),
    TimeDelta::days(27),
];

fn pick<'a, T>(random: &mut StdRng, things: &'a [T]) -> &'a T {
    &things[random.random_range(0..things.len())]
}

fn deed(random: &mut StdRng) -> Deed {
    match random.random_range(0..22) {
        0..9 => Deed::Change(
            pick::<&str>(random, &["team", "enterprise"]),
            pick::<&str>(random, &["month", "month", "year"]),
            random.random_range(1..12),
        ),
        9 | 10 => Deed::Cancel,
        11 | 12 => Deed::Resume,
        13 | 14 => Deed::CardFails,
        15 | 16 => Deed::CardWorks,
        17 => Deed::GiveBackSome,
        18 => Deed::GiveBackAll,
        19 => Deed::LoseDispute,
        _ => Deed::EndAtStripe,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_in_whatever_order_it_is_told_ours_is_what_stripe_has() {
    for seed in SEEDS {
        let app = TestApp::start().await;
        let mut organizations = Vec::new();
        for _ in 0..ORGANIZATIONS {
            organizations.push(app.organization().await);
        }
        app.settled().await;
        let disorder = json!({
            "disorder": true, "duplicate_percent": 30, "drop_percent": 15, "delay_seconds": 2, "seed": seed,
            "concurrency": 4,
        });
        switch(&app, &disorder).await;
        let (mut random, mut told) = (StdRng::seed_from_u64(seed), Vec::new());
        for round in 0..ROUNDS {
            for (number, organization) in organizations.iter_mut().enumerate() {
                let deed = deed(&mut random);
                let outcome = happen(&app, organization, deed).await;
                told.push(format!("{round}: {number} {deed:?}: {outcome}"));
            }
            let by = *pick(&mut random, &PASSES);
            told.push(format!("{round}: {by} pass"));
            app.sandbox.clock().advance(by);
            catch_up(&app).await;
        }
        switch(&app, &json!({})).await;
        app.advance("PT3S").await;
        app.settled().await;
        catch_up(&app).await;
        app.settled().await;
        for (number, organization) in organizations.iter().enumerate() {
            if let Err(difference) = agree(&app, organization).await {
                panic!("seed {seed}, organization {number}: {difference}\n{told:#?}");
            }
        }
        assert_eq!(quarantined(&app).await, 0, "seed {seed}: {told:#?}");
    }
}

/// Answers what came of it; much is refused, depending on what was before.
async fn happen(app: &TestApp, organization: &mut Organization, deed: Deed) -> String {
    let theirs = theirs(app, organization).await;
    let id = text(&theirs["id"]);
    let path = format!("subscriptions/{id}");
    let answer = match deed {
        Deed::Change(plan, interval, seats) => {
            let wanted = terms(plan, interval, seats);
            let answer = billing(app, organization, "change", wanted.clone()).await;
            if answer.json()["code"] != "checkout_required" {
                return told(&answer);
            }
            // What is over is bought again.
            let page = billing(app, organization, "checkout", wanted).await;
            if page.status != 201 {
                return told(&page);
            }
            let url = text(&page.json()["checkout_url"]);
            organization.admin.pay(app, &url).await;
            return "bought again".to_owned();
        }
        Deed::Cancel => billing(app, organization, "cancel", None).await,
        Deed::Resume => billing(app, organization, "resume", None).await,
        Deed::CardFails => return card(app, &theirs, "pm_card_chargeCustomerFail").await,
        Deed::CardWorks => {
            let outcome = card(app, &theirs, "pm_card_visa").await;
            let invoice = theirs["latest_invoice"]["id"].as_str().unwrap_or_default();
            let paid = at_stripe(app, Method::POST, &format!("invoices/{invoice}/pay"), &[]).await;
            return format!("{outcome}, {}", told(&paid));
        }
        Deed::GiveBackSome => return give_back(app, &theirs, Some("100")).await,
        Deed::GiveBackAll => return give_back(app, &theirs, None).await,
        Deed::LoseDispute => return lose_dispute(app, &theirs).await,
        Deed::EndAtStripe => at_stripe(app, Method::DELETE, &path, &[]).await,
    };
    told(&answer)
}

fn told(answer: &Answer) -> String {
    assert!(answer.status != 500, "{answer:?}");
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    format!(
        "{} {}{}",
        answer.status, body["code"], body["error"]["message"]
    )
}

async fn at_stripe(app: &TestApp, method: Method, path: &str, form: &[(&str, &str)]) -> Answer {
    let request = app.sandbox_request(method.clone(), &format!("stripe/v1/{path}"));
    let request = request.bearer_auth("sk_test_tenantry");
    app.send(match method {
        Method::POST => request.form(form),
        _ => request,
    })
    .await
}

/// The newest subscription that Stripe has of the organization, with its latest invoice.
async fn theirs(app: &TestApp, organization: &Organization) -> Value {
    let customers =
        "select stripe_id from ops.stripe_object where org_id = $1 and stripe_id like 'cus_%'";
    let customers: Vec<String> = sqlx::query_scalar(customers)
        .bind(&organization.id)
        .fetch_all(&mut app.database.admin().await)
        .await
        .expect("ids");
    let mut all = Vec::new();
    for customer in customers {
        let path = format!("subscriptions?status=all&customer={customer}");
        let listed = stripe(app, Method::GET, &path, &[]).await;
        all.extend(listed["data"].as_array().expect("a list").iter().cloned());
    }
    let newest = all.iter().max_by_key(|found| found["created"].as_i64());
    let id = text(&newest.expect("it has bought")["id"]);
    let path = format!("subscriptions/{id}?expand[]=latest_invoice");
    stripe(app, Method::GET, &path, &[]).await
}

async fn card(app: &TestApp, theirs: &Value, card: &str) -> String {
    let customer = text(&theirs["customer"]);
    let path = format!("payment_methods/{card}/attach");
    let card = at_stripe(app, Method::POST, &path, &[("customer", &customer)]).await;
    let card = text(&card.json()["id"]);
    let path = format!("subscriptions/{}", text(&theirs["id"]));
    let form = [("default_payment_method", card.as_str())];
    told(&at_stripe(app, Method::POST, &path, &form).await)
}

async fn give_back(app: &TestApp, theirs: &Value, amount: Option<&str>) -> String {
    let path = format!("charges?customer={}&limit=100", text(&theirs["customer"]));
    let charges = stripe(app, Method::GET, &path, &[]).await;
    let mut outcome = String::new();
    for charge in charges["data"].as_array().expect("a list") {
        let id = text(&charge["id"]);
        let mut form = vec![("charge", id.as_str())];
        form.extend(amount.map(|amount| ("amount", amount)));
        outcome += &told(&at_stripe(app, Method::POST, "refunds", &form).await);
    }
    outcome
}

/// Of any charge that the customer ever paid.
async fn lose_dispute(app: &TestApp, theirs: &Value) -> String {
    let path = format!("charges?customer={}&limit=100", text(&theirs["customer"]));
    let charges = stripe(app, Method::GET, &path, &[]).await;
    let charges = charges["data"].as_array().expect("a list").iter();
    let mut can_be = charges.filter(|charge| charge["paid"] == true && charge["disputed"] == false);
    let Some(charge) = can_be.next_back() else {
        return "nothing to dispute".to_owned();
    };
    let path = format!("stripe/sandbox/charges/{}/dispute", text(&charge["id"]));
    let opened = app.sandbox_request(Method::POST, &path).json(&json!({}));
    let dispute = app.send(opened).await.json();
    let path = format!("stripe/sandbox/disputes/{}/close", text(&dispute["id"]));
    let lost = app.sandbox_request(Method::POST, &path);
    told(&app.send(lost.json(&json!({ "won": false }))).await)
}

/// Lets the worker list what it has not been told, and look at it.
async fn catch_up(app: &TestApp) {
    let store = app.database.store(DatabaseRole::Worker).await;
    let (kind, now) = ("stripe_catch_up", app.sandbox.clock().now());
    let queued = store.enqueue_system(kind, kind, &json!({}), now).await;
    queued.expect("it is queued");
    eventually("the catch-up", || async {
        let open = "select count(*) from ops.job where done_at is null and parked_at is null \
            and kind in ('stripe_catch_up', 'stripe_subscription', 'stripe_object')";
        let open: i64 = sqlx::query_scalar(open)
            .fetch_one(&mut app.database.admin().await)
            .await
            .expect("a count");
        (open == 0).then_some(())
    })
    .await;
}

/// Whether every charge of the period that runs went back whole.
async fn is_given_back(app: &TestApp, theirs: &Value) -> bool {
    let path = format!("charges?customer={}&limit=100", text(&theirs["customer"]));
    let charges = stripe(app, Method::GET, &path, &[]).await;
    let mut begun = theirs["items"]["data"][0]["current_period_start"].as_i64();
    if theirs["trial_end"] == theirs["items"]["data"][0]["current_period_end"] {
        // It keeps a year that is paid.
        begun = theirs["trial_end"]
            .as_i64()
            .map(|end| end - 366 * 24 * 3600);
    }
    let of_period = charges["data"].as_array().expect("a list").iter();
    let mut of_period = of_period
        .filter(|charge| charge["paid"] == true && charge["created"].as_i64() >= begun)
        .peekable();
    // Every dispute here is lost as a whole.
    let went_back = |charge: &Value| charge["refunded"] == true || charge["disputed"] == true;
    of_period.peek().is_some() && of_period.all(went_back)
}

/// What Stripe has, in our words, against what we show.
async fn agree(app: &TestApp, organization: &Organization) -> Result<(), String> {
    let theirs = theirs(app, organization).await;
    let ours = subscription(app, organization).await;
    let complaint = |what: &str| Err(format!("{what}\nours {ours:#}\ntheirs {theirs:#}"));
    let item = &theirs["items"]["data"][0];
    let at = |field: &str| DateTime::from_timestamp(item[field].as_i64()?, 0);
    let paid_until = match theirs["latest_invoice"]["status"] == "paid" {
        true => at("current_period_end"),
        false => at("current_period_start"),
    };
    let (status, ends) = (
        ours["status"].as_str().unwrap_or_default(),
        Some(end_of(&ours)),
    );
    let expected: &[&str] = match theirs["status"].as_str().unwrap_or_default() {
        "canceled" if is_given_back(app, &theirs).await => &["canceled"],
        "canceled" if paid_until > Some(app.sandbox.clock().now()) => {
            let is_kept = status == "active" && ours["cancel_at_period_end"] == true;
            return match is_kept && ends == paid_until {
                true => Ok(()),
                false => complaint("what was paid is not kept to its end, and no longer"),
            };
        }
        "canceled" => &["canceled"],
        "past_due" | "unpaid" => &["past_due", "expired"],
        "active" | "trialing" => &["active"],
        other => return complaint(other),
    };
    if !expected.contains(&status) {
        return complaint("the status differs");
    }
    if status != "active" {
        return Ok(());
    }
    let sold = ours["next"].as_object().map_or(&ours, |_| &ours["next"]);
    let key = format!(
        "tenantry_{}_{}",
        text(&sold["plan"]),
        text(&sold["interval"])
    );
    let is_sold =
        (&item["price"]["lookup_key"], &item["quantity"]) == (&json!(key), &sold["seats"]);
    // What would be sold next is not, once it ends with what is paid.
    if !is_sold && ours["cancel_at_period_end"] == false {
        return complaint("something else is sold");
    }
    if ends != paid_until {
        return complaint("another time is paid");
    }
    match ours["cancel_at_period_end"] == theirs["cancel_at_period_end"] {
        true => Ok(()),
        false => complaint("only one of them ends"),
    }
}
