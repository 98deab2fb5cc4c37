//! Months that become years at once, and years that become months when they are over.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_year_begins_at_once() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    let answer = billing(&app, &organization, "change", terms("team", "year", 5)).await;
    let after = answer.assert_status(200).json();
    assert_eq!(after["interval"], "year");
    assert!(end_of(&after) > app.sandbox.clock().now() + TimeDelta::days(360));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_becomes_months_when_it_is_over() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let order = json!({ "plan": "personal", "interval": "year" });
    let checkout = check_out(&app, &person, order).await;
    person.pay(&app, &checkout.page).await;
    let paid = until_mine(&app, &person, "personal", "active").await;
    let monthly = json!({ "plan": "personal", "interval": "month", "seats": 1 });
    let path = "/v1/me/subscription/change";
    let waiting = app.post(path, &person.token, &monthly).await;
    let waiting = waiting.assert_status(200).json();
    assert_eq!(
        (&waiting["interval"], &waiting["ends_at"]),
        (&json!("year"), &paid["ends_at"])
    );
    assert_eq!(waiting["next"]["interval"], "month");
    app.settled().await;
    assert_eq!(mine(&app, &person).await, waiting);
    let charges = async || stripe(&app, Method::GET, "charges", &[]).await["data"].clone();
    assert_eq!(charges().await.as_array().map(Vec::len), Some(1));
    pass(&app, end_of(&paid), TimeDelta::minutes(61));
    let person = again(&app, person).await;
    eventually("the first month", || async {
        let found = mine(&app, &person).await;
        (found["interval"] == "month" && found["next"] == Value::Null).then_some(())
    })
    .await;
    assert_eq!(charges().await[0]["amount"], 1200);
    assert_eq!(quarantined(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_interval_that_is_withdrawn_opens_no_way_to_more_for_nothing() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    let change = async |terms| billing(&app, &organization, "change", terms).await;
    change(terms("team", "year", 5)).await.assert_status(200);
    let paid = subscription(&app, &organization).await;
    change(terms("team", "month", 5)).await.assert_status(200);
    let withdrawn = change(terms("team", "year", 5)).await;
    assert_eq!(withdrawn.assert_status(200).json(), paid);
    change(terms("enterprise", "year", 50))
        .await
        .assert_problem(409, "change_pending");
    // Nor by hand at Stripe, where nothing is charged for it either.
    let id = text(&stripe(&app, Method::GET, "subscriptions", &[]).await["data"][0]["id"]);
    let path = format!("subscriptions/{id}");
    let found = stripe(&app, Method::GET, &path, &[]).await;
    assert_eq!(found["status"], "trialing");
    let item = text(&found["items"]["data"][0]["id"]);
    let more = [
        ("items[0][id]", item.as_str()),
        ("items[0][quantity]", "19"),
    ];
    change_at_stripe(&app, &id, &more).await;
    app.settled().await;
    assert_eq!(subscription(&app, &organization).await["seats"], 5);
    let charge = stripe(&app, Method::GET, "charges", &[]).await;
    for charge in charge["data"].as_array().expect("a list") {
        let charge = text(&charge["id"]);
        stripe(&app, Method::POST, "refunds", &[("charge", &charge)]).await;
    }
    eventually("the end of a year that was given back", || async {
        let found = subscription(&app, &organization).await;
        (found["status"] == "canceled").then_some(())
    })
    .await;
}
