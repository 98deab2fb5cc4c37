//! From a payment to an organization: what is asked of the person, and that no failure or repetition changes the end.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Options, TestApp, eventually, process};

use crate::conversion_crashes::{each_has_exactly_one, organizations_by_marker};

/// The calls of a conversion, in their order.
const STEPS: [(&str, &str); 6] = [
    ("POST", "/api/v2/organizations"),
    ("POST", "/api/v2/organizations/{}/members"),
    ("POST", "/api/v2/organizations/{}/members/{}/roles"),
    ("GET", "/api/v2/organizations/{}"),
    ("GET", "/api/v2/users/{}"),
    ("PATCH", "/api/v2/users/{}"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_step_that_fails_once_before_or_after_its_effect_converges() {
    let app = TestApp::start().await;
    let mut buyers = vec![app.buyer().await];
    app.converted(&buyers[0]).await;
    for (method, path) in STEPS {
        for kind in ["status", "error_after", "drop", "close"] {
            app.plan_fault(&json!({ "method": method, "path": path, "kind": kind, "times": 1 }))
                .await;
            buyers.push(app.buyer().await);
            app.converted(buyers.last().expect("it was just pushed"))
                .await;
        }
    }
    each_has_exactly_one(&app, &buyers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_auth0_delays_a_conversion_and_loses_nothing() {
    let app = TestApp::start().await;
    app.plan_fault(
        &json!({ "method": "POST", "path": "/api/v2/organizations", "kind": "hang", "times": 1 }),
    )
    .await;
    let buyer = app.buyer().await;
    app.converted(&buyer).await;
    each_has_exactly_one(&app, &[buyer]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_ten_times_in_shuffled_order_has_one_effect() {
    let app = TestApp::start().await;
    stripe_control(&app, "deliveries/switches", &json!({ "hold": true })).await;
    let mut buyers = Vec::new();
    for _ in 0..5 {
        buyers.push(app.buyer().await);
    }
    let listed = app
        .sandbox_request(Method::GET, "stripe/v1/events?limit=100")
        .bearer_auth("sk_test_tenantry");
    let events = app.send(listed).await.json();
    for event in events["data"].as_array().expect("a list") {
        let id = event["id"].as_str().expect("an id");
        let sent = stripe_control(
            &app,
            &format!("events/{id}/resend"),
            &json!({ "times": 10, "concurrent": true }),
        )
        .await;
        assert_eq!(sent["statuses"], json!(vec![200; 10]));
    }
    stripe_control(&app, "deliveries/release", &json!({ "shuffle": true })).await;
    for buyer in &buyers {
        app.converted(buyer).await;
    }
    each_has_exactly_one(&app, &buyers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_without_a_name_waits_in_activation_and_goes_on_when_named() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let body = json!({ "plan": "enterprise", "interval": "year", "seats": 30 });
    let created = app
        .post("/v1/me/checkout", &person.token, &body)
        .await
        .assert_status(201)
        .json();
    person
        .pay(&app, created["checkout_url"].as_str().expect("a page"))
        .await;
    let path = format!(
        "/v1/me/conversions/{}",
        created["conversion_id"].as_str().expect("an id")
    );
    until(&app, &path, &person.token, "activation").await;
    let me = app
        .get("/v1/me/subscription", Some(&person.token))
        .await
        .json();
    assert_eq!(
        (me["plan"].as_str(), me["status"].as_str()),
        (Some("enterprise"), Some("activation"))
    );
    let name = json!({ "name": "named-later", "display_name": "Named later" });
    app.put(&format!("{path}/organization"), &person.token, &name)
        .await
        .assert_status(200);
    until(&app, &path, &person.token, "done").await;
    let me = app.get("/v1/me", Some(&person.token)).await.json();
    assert_eq!(me["organizations"][0]["name"], "named-later");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_of_somebody_else_under_the_wanted_name_is_never_adopted() {
    let app = TestApp::start().await;
    let auth0 = app.auth0();
    let mut person = app.visitor().await;
    let body = json!({
        "plan": "team", "interval": "month", "seats": 3,
        "organization": { "name": "wanted-by-two", "display_name": "Wanted" },
    });
    let foreign = management::NewOrganization {
        name: "wanted-by-two".into(),
        display_name: "Somebody else".into(),
        ..Default::default()
    };
    let foreign = auth0
        .organizations()
        .create(&foreign)
        .await
        .expect("Auth0 creates it");
    let created = app
        .post("/v1/me/checkout", &person.token, &body)
        .await
        .assert_status(201)
        .json();
    person
        .pay(&app, created["checkout_url"].as_str().expect("a page"))
        .await;
    let path = format!(
        "/v1/me/conversions/{}",
        created["conversion_id"].as_str().expect("an id")
    );
    let done = until(&app, &path, &person.token, "done").await;
    assert_ne!(done["organization"]["org_id"], foreign.id.as_str());
    let members = auth0
        .organizations()
        .members_page(&foreign.id, None)
        .await
        .expect("Auth0 answers");
    assert!(
        members.items.is_empty(),
        "nobody joined the foreign organization"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_slept_through_its_lease_writes_no_more() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    let slow = json!({ "method": "POST", "path": "/api/v2/organizations/{}/members", "kind": "slow", "delay_ms": 4000, "times": 1 });
    app.plan_fault(&slow).await;
    let mut variables = app.variables.clone();
    variables.insert("WORKER_LEASE_SECONDS".into(), "1".into());
    let zombie = process::spawn(&["work"], &variables);
    let buyer = app.buyer().await;
    // The sandbox logs a call when it has answered; the fault is gone as soon as it strikes.
    eventually("the beginning of the slow call", || async {
        (app.sandbox_get("sandbox/faults").await == json!([])).then_some(())
    })
    .await;
    process::signal(&zombie, "STOP");
    let _successor = process::spawn(&["work"], &variables);
    app.converted(&buyer).await;
    process::signal(&zombie, "CONT");
    // Another conversion through both: whatever the zombie still wanted to write, it has written by then.
    let next = app.buyer().await;
    app.converted(&next).await;
    app.converted(&buyer).await;
    each_has_exactly_one(&app, &[buyer, next]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_deletes_an_orphan_of_ours_and_nothing_else() {
    let app = TestApp::with(Options {
        variables: vec![("WORKER_SWEEP_SECONDS", "1".into())],
        ..Options::default()
    })
    .await;
    let buyer = app.buyer().await;
    let organization = app.converted(&buyer).await;
    let orphan = create_marked(&app, "late-twin", &buyer.conversion_id).await;
    let unknown = create_marked(
        &app,
        "restored-database",
        "0199e7a2-5c1e-7b43-9c55-0b9a7d7c2f10",
    )
    .await;
    let clock = json!({ "advance_seconds": 1200 });
    eventually("the end of the orphan", || async {
        let organizations = organizations_by_marker(&app).await;
        app.send(
            app.sandbox_request(Method::POST, "sandbox/clock")
                .json(&clock),
        )
        .await;
        organizations
            .iter()
            .all(|(_, id)| *id != orphan)
            .then_some(())
    })
    .await;
    let left: Vec<_> = organizations_by_marker(&app)
        .await
        .into_iter()
        .map(|(_, id)| id)
        .collect();
    assert!(
        left.contains(&organization) && left.contains(&unknown),
        "{left:?}"
    );
}

async fn create_marked(app: &TestApp, name: &str, conversion: &str) -> String {
    let marker = [("conversion", conversion), ("v", "1"), ("env", "test")];
    let new = management::NewOrganization {
        name: name.into(),
        display_name: name.into(),
        metadata: marker
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..Default::default()
    };
    app.auth0()
        .organizations()
        .create(&new)
        .await
        .expect("Auth0 creates it")
        .id
}

async fn until(app: &TestApp, path: &str, token: &str, step: &str) -> Value {
    eventually(step, || async {
        let conversion = app.get(path, Some(token)).await.json();
        assert_ne!(conversion["step"], "parked", "{conversion}");
        (conversion["step"] == step).then_some(conversion)
    })
    .await
}

async fn stripe_control(app: &TestApp, path: &str, body: &Value) -> Value {
    let answer = app
        .send(
            app.sandbox_request(Method::POST, &format!("stripe/sandbox/{path}"))
                .json(body),
        )
        .await;
    assert!(answer.status.is_success(), "{answer:?}");
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_that_is_never_paid_gives_its_name_back() {
    let app = TestApp::start().await;
    let (hesitant, quick) = (app.visitor().await, app.visitor().await);
    let body = json!({
        "plan": "team", "interval": "month",
        "organization": { "name": "wanted-twice", "display_name": "Wanted" },
    });
    let created = app
        .post("/v1/me/checkout", &hesitant.token, &body)
        .await
        .assert_status(201)
        .json();
    app.post("/v1/me/checkout", &quick.token, &body)
        .await
        .assert_problem(409, "organization_name_taken");
    let clock = json!({ "advance_seconds": 25 * 60 * 60 });
    app.send(
        app.sandbox_request(Method::POST, "sandbox/clock")
            .json(&clock),
    )
    .await;
    let hesitant = app
        .log_in(&hesitant, None)
        .await
        .expect("they can log in again");
    let path = format!(
        "/v1/me/conversions/{}",
        created["conversion_id"].as_str().expect("an id")
    );
    until(&app, &path, &hesitant.token, "cancelled").await;
    let quick = app
        .log_in(&quick, None)
        .await
        .expect("they can log in again");
    app.post("/v1/me/checkout", &quick.token, &body)
        .await
        .assert_status(201);
}
