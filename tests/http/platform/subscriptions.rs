//! What support does to a subscription: for nothing, for longer, for more; always with a reason that the customer reads.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Organization, Person, TestApp, eventually};

pub(super) fn path(org_id: &str, verb: &str) -> String {
    format!("/v1/platform/organizations/{org_id}/subscription{verb}")
}

fn of_person(ind_id: &str, verb: &str) -> String {
    format!("/v1/platform/individuals/{ind_id}/subscription{verb}")
}

fn end_of(shown: &Value) -> DateTime<Utc> {
    let end = shown["ends_at"].as_str().expect("an end");
    end.parse().expect("a time")
}

fn days(app: &TestApp, days: i64) -> DateTime<Utc> {
    let at = app.sandbox.clock().now() + TimeDelta::days(days);
    DateTime::from_timestamp(at.timestamp(), 0).expect("an instant")
}

/// What support did in this organization, newest first: action, actor and reason.
pub(super) async fn trail(app: &TestApp, team: &Organization) -> Vec<(String, String, String)> {
    let login = app.log_in(&team.admin, Some(&team.id)).await;
    let token = login.expect("they are a member").token;
    let path = format!("/v1/orgs/{}/audit-events", team.id);
    let events = app.get(&path, Some(&token)).await.assert_status(200).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = events["items"].as_array().expect("items");
    let all = items.iter().map(|event| {
        let (actor, after) = (text(&event["actor"]), &event["after"]);
        (text(&event["action"]), actor, text(&after["reason"]))
    });
    all.filter(|(_, _, reason)| !reason.is_empty()).collect()
}

pub(super) async fn shown(app: &TestApp, token: &str, org_id: &str) -> Value {
    let answer = app.get(&path(org_id, ""), Some(token)).await;
    answer.assert_status(200).json()
}

/// What the next login of the organization says, as soon as it does.
pub(super) async fn until_claim(app: &TestApp, team: &Organization, claim: &Value) {
    eventually("the claim", || async {
        let login = app.log_in(&team.admin, Some(&team.id)).await;
        let login = login.expect("they are a member");
        (login.id_token["subscription"] == *claim).then_some(())
    })
    .await;
}

/// An organization whose plan was paid and is over.
pub(crate) async fn ended(app: &TestApp) -> Organization {
    let team = app.organization().await;
    app.settled().await;
    let listed = app
        .sandbox_request(Method::GET, "stripe/v1/subscriptions?limit=100")
        .bearer_auth("sk_test_tenantry");
    let listed = app.send(listed).await.assert_status(200).json();
    let subscription = listed["data"][0]["id"].as_str().expect("the newest");
    let charge = app
        .sandbox_request(Method::GET, "stripe/v1/charges?limit=1")
        .bearer_auth("sk_test_tenantry");
    let charge = app.send(charge).await.assert_status(200).json();
    let charge = charge["data"][0]["id"].as_str().expect("a charge");
    let refund = app
        .sandbox_request(Method::POST, "stripe/v1/refunds")
        .bearer_auth("sk_test_tenantry")
        .form(&[("charge", charge)]);
    app.send(refund).await.assert_status(200);
    eventually(subscription, || async {
        let token = app.platform_token().await;
        let found = shown(app, &token, &team.id).await;
        (found["status"] == "canceled").then_some(())
    })
    .await;
    app.settled().await;
    team
}

async fn individual(app: &TestApp, person: &Person) -> String {
    let me = app.get("/v1/me", Some(&person.token)).await.json();
    me["individual_id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_lasts_longer_also_when_it_was_over() {
    let app = TestApp::start().await;
    let mut person = app.visitor().await;
    let id = individual(&app, &person).await;
    app.settled().await;
    app.advance("P20D").await;
    let token = app.platform_token().await;
    let over = app.get(&of_person(&id, ""), Some(&token)).await.json();
    assert_eq!(over["status"], "expired");
    let until = days(&app, 5);
    let body = json!({ "until": until, "reason": "They were ill." });
    let answer = app.post(&of_person(&id, "/extend"), &token, &body).await;
    let extended = answer.assert_status(200).json();
    assert_eq!(
        (&extended["plan"], &extended["status"]),
        (&json!("trial"), &json!("active"))
    );
    assert_eq!(end_of(&extended), until);
    let again = app.post(&of_person(&id, "/extend"), &token, &body).await;
    again.assert_problem(409, "not_later");
    eventually("the claim", || async {
        let login = app.log_in(&person, None).await.expect("a login");
        (login.id_token["subscription"] == extended["claim"]).then_some(())
    })
    .await;
    person.token = app.log_in(&person, None).await.expect("a login").token;
    let project = json!({ "name": "Goes on" });
    app.post("/v1/me/projects", &person.token, &project)
        .await
        .assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gift_takes_the_place_of_what_has_ended_and_never_of_what_is_paid() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let paying = app.organization().await;
    let gift = |seats: u32, until: DateTime<Utc>| json!({ "plan": "team", "seats": seats, "until": until, "reason": "They teach with it." });
    let until = days(&app, 100);
    let give = |org: String, body: Value| {
        let (app, token) = (&app, &token);
        async move { app.post(&path(&org, "/comp"), token, &body).await }
    };
    give(paying.id.clone(), gift(5, until))
        .await
        .assert_problem(409, "plan_already_active");
    assert_eq!(trail(&app, &paying).await, []);

    let team = ended(&app).await;
    let given = give(team.id.clone(), gift(4, until)).await;
    let given = given.assert_status(200).json();
    assert_eq!(
        (&given["status"], &given["seats"]),
        (&json!("active"), &json!(4))
    );
    assert_eq!(end_of(&given), until);
    until_claim(&app, &team, &given["claim"]).await;
    give(team.id.clone(), gift(4, days(&app, 90)))
        .await
        .assert_problem(409, "not_later");
    for role in [Role::OrgMember; 3] {
        app.member(&team, role).await;
    }
    give(team.id.clone(), gift(3, days(&app, 200)))
        .await
        .assert_problem(409, "seats_in_use");
    // What Stripe still says of what was paid once revives nothing and ends nothing.
    app.settled().await;
    assert_eq!(shown(&app, &token, &team.id).await, given);
    let expected = (
        "subscription.comped".to_owned(),
        "client:tenantry-platform".to_owned(),
        "They teach with it.".to_owned(),
    );
    assert_eq!(trail(&app, &team).await, [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_is_extended_and_changed_at_stripe() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let team = app.organization().await;
    app.settled().await;
    let before = shown(&app, &token, &team.id).await;
    let until = DateTime::from_timestamp(end_of(&before).timestamp(), 0).expect("an instant")
        + TimeDelta::days(20);
    let body = json!({ "until": until, "reason": "An outage of ours." });
    let extend = || {
        let request = app.request(Method::POST, &path(&team.id, "/extend"), Some(&token));
        app.send(request.header("idempotency-key", "once").json(&body))
    };
    let extended = extend().await.assert_status(200).json();
    assert_eq!(end_of(&extended), until);
    assert_eq!(extend().await.assert_status(200).json(), extended);
    let charges = || async {
        let listed = app
            .sandbox_request(Method::GET, "stripe/v1/charges?limit=100")
            .bearer_auth("sk_test_tenantry");
        let listed = app.send(listed).await.assert_status(200).json();
        listed["data"].as_array().expect("charges").len()
    };
    let charged = charges().await;
    until_claim(&app, &team, &extended["claim"]).await;
    app.settled().await;
    // Past the end that was paid at first: it runs, and nothing was charged.
    let clock = app.sandbox.clock();
    clock.advance(end_of(&before) + TimeDelta::days(2) - clock.now());
    let token = app.platform_token().await;
    app.settled().await;
    assert_eq!(shown(&app, &token, &team.id).await["status"], "active");
    assert_eq!(charges().await, charged);
    // What nobody pays for is not taken, it is given.
    let login = app.log_in(&team.admin, Some(&team.id)).await;
    let own = json!({ "plan": "enterprise", "interval": "month", "seats": 9 });
    let own_path = format!("/v1/orgs/{}/subscription/change", team.id);
    app.post(&own_path, &login.expect("a login").token, &own)
        .await
        .assert_problem(409, "change_pending");
    let body =
        json!({ "plan": "enterprise", "interval": "month", "seats": 9, "reason": "By phone." });
    let changed = app.post(&path(&team.id, "/change"), &token, &body).await;
    let changed = changed.assert_status(200).json();
    assert_eq!(
        (&changed["plan"], &changed["seats"]),
        (&json!("enterprise"), &json!(9))
    );
    let reasons: Vec<_> = trail(&app, &team).await;
    let has = |action: &str, reason: &str| {
        reasons.iter().any(|(did, by, why)| {
            (did.as_str(), by.as_str(), why.as_str())
                == (action, "client:tenantry-platform", reason)
        })
    };
    assert!(
        has("subscription.extended_requested", "An outage of ours."),
        "{reasons:?}"
    );
    assert!(
        has("subscription.changed_requested", "By phone."),
        "{reasons:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gift_is_changed_here_and_not_below_what_is_used() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let org_id = app.bare_organization().await;
    for user in 0..3 {
        app.write_membership(&org_id, &format!("auth0|{user}"), &[Role::OrgMember])
            .await;
    }
    let change = |plan: &str, seats: u32| {
        let body = json!({ "plan": plan, "interval": "year", "seats": seats, "reason": "Agreed." });
        let (app, token, path) = (&app, &token, path(&org_id, "/change"));
        async move { app.post(&path, token, &body).await }
    };
    let before = shown(&app, &token, &org_id).await;
    change("team", 2).await.assert_problem(409, "seats_in_use");
    change("personal", 1)
        .await
        .assert_problem(409, "conversion_required");
    let after = change("team", 3).await.assert_status(200).json();
    assert_eq!(
        (&after["plan"], &after["seats"]),
        (&json!("team"), &json!(3))
    );
    assert_eq!(after["ends_at"], before["ends_at"]);
    change("team", 3).await.assert_problem(409, "no_change");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_and_a_date_are_needed() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let org_id = app.bare_organization().await;
    let refused = |body: Value| {
        let (app, token, path) = (&app, &token, path(&org_id, "/comp"));
        async move {
            let answer: Answer = app.post(&path, token, &body).await;
            answer.assert_problem(422, "invalid_request").json()["errors"][0]["field"].clone()
        }
    };
    let long = "x".repeat(501);
    for reason in ["", "  ", "two\nlines", "hid\u{202e}den", long.as_str()] {
        let body = json!({ "plan": "team", "until": "2033-01-01T00:00:00Z", "reason": reason });
        assert_eq!(refused(body).await, "reason", "{reason:?}");
    }
    for until in ["2020-01-01T00:00:00Z", "2050-01-01T00:00:00Z"] {
        let body = json!({ "plan": "team", "until": until, "reason": "A test" });
        assert_eq!(refused(body).await, "until", "{until}");
    }
    for plan in ["personal", "trial"] {
        let body = json!({ "plan": plan, "until": "2033-01-01T00:00:00Z", "reason": "A test" });
        assert_eq!(refused(body).await, "plan", "{plan}");
    }
}
