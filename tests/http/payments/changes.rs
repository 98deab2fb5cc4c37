//! A plan that changes: more at once, less with the next period, nothing that is paid ever taken away.

use domain::Role;

use super::*;

/// The plan, its status, its seats, and what comes next.
fn shown(subscription: &Value) -> (&str, &str, i64, Option<&str>) {
    (
        subscription["plan"].as_str().expect("a plan"),
        subscription["status"].as_str().expect("a status"),
        subscription["seats"].as_i64().unwrap_or(0),
        subscription["next"]["plan"].as_str(),
    )
}

/// What a login in the organization shows.
async fn until_claim(app: &TestApp, organization: &Organization, plan: &str) {
    eventually("the claim", || async {
        let login = app
            .log_in(&organization.admin, Some(&organization.id))
            .await;
        let login = login.expect("they are a member");
        let claim = login.id_token["subscription"].as_str().unwrap_or_default();
        claim.starts_with(plan).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_paid_and_had_at_once() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    let before = end_of(&subscription(&app, &organization).await);
    let answer = billing(
        &app,
        &organization,
        "change",
        terms("enterprise", "month", 8),
    )
    .await;
    let after = answer.assert_status(200).json();
    assert_eq!(shown(&after), ("enterprise", "active", 8, None));
    assert_eq!(end_of(&after), before);
    until_claim(&app, &organization, "enterprise;").await;
    assert_eq!(quarantined(&app).await, 0);
    assert_eq!(subscription(&app, &organization).await, after);
    billing(
        &app,
        &organization,
        "change",
        terms("enterprise", "month", 8),
    )
    .await
    .assert_problem(409, "no_change");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_downgrade_waits_for_the_next_period_and_can_be_withdrawn() {
    let app = TestApp::start().await;
    let organization = app.organization_of("enterprise").await;
    app.settled().await;
    let paid = subscription(&app, &organization).await;
    let down = || billing(&app, &organization, "change", terms("team", "month", 3));
    let waiting = down().await.assert_status(200).json();
    assert_eq!(shown(&waiting), ("enterprise", "active", 50, Some("team")));
    billing(
        &app,
        &organization,
        "change",
        terms("enterprise", "month", 60),
    )
    .await
    .assert_problem(409, "change_pending");
    let withdrawn = billing(
        &app,
        &organization,
        "change",
        terms("enterprise", "month", 50),
    )
    .await;
    assert_eq!(withdrawn.assert_status(200).json(), paid);
    down().await.assert_status(200);
    app.settled().await;
    pass(&app, end_of(&paid), TimeDelta::minutes(30));
    app.settled().await;
    let unpaid = subscription(&app, &organization).await;
    assert_eq!(shown(&unpaid), ("enterprise", "active", 50, Some("team")));
    pass(&app, end_of(&paid), TimeDelta::minutes(61));
    let renewed = eventually("the renewal", || async {
        let found = subscription(&app, &organization).await;
        (found["plan"] == "team").then_some(found)
    })
    .await;
    assert_eq!(shown(&renewed), ("team", "active", 3, None));
    assert!(end_of(&renewed) > end_of(&paid) + TimeDelta::days(27));
    until_claim(&app, &organization, "team;").await;
    assert_eq!(quarantined(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_downgrade_that_has_no_room_says_how_much_is_in_use() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    for _ in 0..2 {
        app.member(&organization, Role::OrgMember).await;
    }
    app.settled().await;
    let before = subscription(&app, &organization).await;
    let preview = billing(
        &app,
        &organization,
        "change/preview",
        terms("team", "month", 2),
    )
    .await;
    let preview = preview.assert_status(200).json();
    assert_eq!(preview["refusals"][0]["code"], "seats_in_use");
    assert_eq!(
        (preview["seats_in_use"].as_i64(), &preview["due_now"]),
        (Some(3), &Value::Null)
    );
    let refused = billing(&app, &organization, "change", terms("team", "month", 2)).await;
    refused.assert_problem(409, "seats_in_use");
    let detail = refused.json()["detail"].clone();
    assert_eq!(detail, "3 seats are in use, and 2 would be left.");
    assert_eq!(subscription(&app, &organization).await, before);
    let preview = billing(
        &app,
        &organization,
        "change/preview",
        terms("team", "month", 3),
    )
    .await;
    let preview = preview.assert_status(200).json();
    assert_eq!(
        (
            &preview["takes_effect"],
            &preview["effective_at"],
            &preview["refusals"]
        ),
        (&json!("period_end"), &before["ends_at"], &json!([]))
    );
    assert_eq!(
        preview["due_now"],
        json!({ "amount_cents": 0, "credit_cents": 0 })
    );
    assert_eq!(preview["then_cents"], 3 * 2900);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_no_person() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    billing(&app, &organization, "change", terms("personal", "month", 1))
        .await
        .assert_problem(409, "conversion_required");
    billing(&app, &organization, "change", terms("team", "month", 21))
        .await
        .assert_problem(422, "invalid_request")
        .assert_field("seats");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_is_taken_back_before_it_takes_effect() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    let before = subscription(&app, &organization).await;
    let cancelled = billing(&app, &organization, "cancel", None).await;
    let cancelled = cancelled.assert_status(200).json();
    assert_eq!(cancelled["cancel_at_period_end"], true);
    assert_eq!(cancelled["ends_at"], before["ends_at"]);
    app.settled().await;
    billing(&app, &organization, "change", terms("team", "month", 9))
        .await
        .assert_problem(409, "cancellation_pending");
    let resumed = billing(&app, &organization, "resume", None).await;
    assert_eq!(resumed.assert_status(200).json(), before);
    app.settled().await;
    assert_eq!(subscription(&app, &organization).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_plan_is_cancelled_and_resumed_by_its_owner() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let mine = |verb: &'static str, token: String| {
        let app = &app;
        async move {
            let path = format!("/v1/me/subscription/{verb}");
            app.send(app.request(Method::POST, &path, Some(&token)))
                .await
        }
    };
    let token = person.token.clone();
    mine("cancel", token.clone())
        .await
        .assert_problem(409, "nothing_to_cancel");
    let order = json!({ "plan": "personal", "interval": "month" });
    let checkout = check_out(&app, &person, order).await;
    person.pay(&app, &checkout.page).await;
    until_mine(&app, &person, "personal", "active").await;
    let cancelled = mine("cancel", token.clone())
        .await
        .assert_status(200)
        .json();
    assert_eq!(cancelled["cancel_at_period_end"], true);
    let resumed = mine("resume", token.clone())
        .await
        .assert_status(200)
        .json();
    assert_eq!(resumed["cancel_at_period_end"], false);
    let portal = mine("portal", token).await.assert_status(201).json();
    assert!(text(&portal["portal_url"]).contains("/stripe/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_buys_again_after_months_and_finds_everything_there() {
    let app = TestApp::start().await;
    let mut organization = app.organization().await;
    let projects = format!("/v1/orgs/{}/projects", organization.id);
    let name = json!({ "name": "Kept" });
    app.post(&projects, &organization.token, &name)
        .await
        .assert_status(201);
    app.settled().await;
    let paid = subscription(&app, &organization).await;
    billing(&app, &organization, "checkout", terms("team", "month", 5))
        .await
        .assert_problem(409, "plan_already_active");
    billing(&app, &organization, "cancel", None)
        .await
        .assert_status(200);
    pass(&app, end_of(&paid), TimeDelta::days(150));
    app.settled().await;
    assert_eq!(
        subscription(&app, &organization).await["status"],
        "canceled"
    );
    let page = billing(
        &app,
        &organization,
        "checkout",
        terms("enterprise", "year", 7),
    )
    .await;
    let page = text(&page.assert_status(201).json()["checkout_url"]);
    organization.admin.pay(&app, &page).await;
    let again = eventually("the plan", || async {
        let found = subscription(&app, &organization).await;
        (found["status"] == "active").then_some(found)
    })
    .await;
    assert_eq!(shown(&again), ("enterprise", "active", 7, None));
    let token = admin_token(&app, &organization).await;
    let listed = app
        .get(&projects, Some(&token))
        .await
        .assert_status(200)
        .json();
    assert_eq!(listed["items"][0]["name"], "Kept");
    app.post(&projects, &token, &name).await.assert_status(201);
    until_claim(&app, &organization, "enterprise;").await;
    assert_eq!(quarantined(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_leaves_the_old_plan_untouched() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let order = json!({ "plan": "personal", "interval": "month" });
    let checkout = check_out(&app, &person, order).await;
    person.pay(&app, &checkout.page).await;
    let before = until_mine(&app, &person, "personal", "active").await;
    let subscription = subscription_of(&app, &checkout.id).await;
    let found = stripe(
        &app,
        Method::GET,
        &format!("subscriptions/{subscription}"),
        &[],
    )
    .await;
    let customer = text(&found["customer"]);
    let card = "payment_methods/pm_card_chargeCustomerFail/attach";
    let card = stripe(&app, Method::POST, card, &[("customer", &customer)]).await;
    let card = text(&card["id"]);
    change_at_stripe(&app, &subscription, &[("default_payment_method", &card)]).await;
    let year = json!({ "plan": "personal", "interval": "year", "seats": 1 });
    let path = "/v1/me/subscription/change";
    app.post(path, &person.token, &year)
        .await
        .assert_problem(402, "payment_declined");
    app.settled().await;
    assert_eq!(mine(&app, &person).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_shows_its_price_before_it_is_made() {
    let app = TestApp::start().await;
    let organization = app.organization().await;
    app.settled().await;
    let wanted = terms("enterprise", "month", 5);
    let preview = billing(&app, &organization, "change/preview", wanted.clone()).await;
    let preview = preview.assert_status(200).json();
    assert_eq!(
        preview["features_gained"],
        json!(["scim", "audit_export", "user_store"])
    );
    // The period has just begun: the difference of nearly all of it.
    let due = preview["due_now"]["amount_cents"]
        .as_i64()
        .expect("a price");
    assert!((14_900..=15_000).contains(&due), "{preview}");
    assert_eq!(shown(&subscription(&app, &organization).await).0, "team");
    let fault = json!({
        "method": "POST", "path": "/stripe/v1/invoices/create_preview", "kind": "status", "status": 503, "times": 9,
    });
    let planned = app.sandbox_request(Method::POST, "sandbox/faults");
    app.send(planned.json(&fault)).await;
    billing(&app, &organization, "change/preview", wanted)
        .await
        .assert_problem(503, "billing_unavailable");
}
