//! Fewer seats by a change of the plan, and more members by an import: both meet the same count under the same lock.

use domain::Role;
use serde_json::{Value, json};
use tests::{Answer, Organization, TestApp, eventually};

const ROUNDS: usize = 20;

fn support(team: &Organization, verb: &str) -> String {
    format!("/v1/platform/organizations/{}/subscription/{verb}", team.id)
}

/// A team whose plan is a gift, so that its seats change at once.
async fn comped(app: &TestApp, token: &str, seats: u32) -> Organization {
    let team = crate::platform::subscriptions::ended(app).await;
    let gift = json!({ "plan": "team", "seats": seats, "until": "2033-01-01T00:00:00Z", "reason": "A gift" });
    app.post(&support(&team, "comp"), token, &gift)
        .await
        .assert_status(200);
    team
}

async fn change_to(app: &TestApp, token: &str, team: &Organization, seats: u32) -> Answer {
    let body = json!({ "plan": "team", "interval": "year", "seats": seats, "reason": "Agreed" });
    app.post(&support(team, "change"), token, &body).await
}

async fn invite(app: &TestApp, team: &Organization, email: &str) -> Answer {
    app.invite(team, email, &[Role::OrgMember]).await
}

/// Seats of the plan, and what takes them.
async fn seats(app: &TestApp, token: &str, team: &Organization) -> (i64, i64) {
    let path = format!("/v1/platform/organizations/{}", team.id);
    let shown = app.get(&path, Some(token)).await.assert_status(200).json();
    let count = |field: &str| shown[field].as_i64().expect("a number");
    (
        count("seats"),
        count("seats_used") + count("seats_promised"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lesser_plan_counts_whoever_is_invited() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    for invitee in ["bo@acme.example", "cy@acme.example"] {
        app.invited(&team, invitee, Role::OrgMember).await;
    }
    let revoked = app.invited(&team, "di@acme.example", Role::OrgMember).await;
    let path = format!("/v1/orgs/{}/subscription/change", team.id);
    let less = json!({ "plan": "team", "interval": "month", "seats": 3 });
    let answer = app.post(&path, &team.token, &less).await;
    answer.assert_problem(409, "seats_in_use");
    assert_eq!(
        answer.json()["detail"],
        "4 seats are in use, and 3 would be left."
    );
    let invitation = format!("/v1/orgs/{}/invitations/{revoked}", team.id);
    let revoke = app.request(reqwest::Method::DELETE, &invitation, Some(&team.token));
    app.send(revoke).await.assert_status(204);
    let waiting = app.post(&path, &team.token, &less).await;
    assert_eq!(waiting.assert_status(200).json()["next"]["seats"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lesser_plan_and_an_invitation_at_once_never_make_one_too_many() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let team = comped(&app, &token, 3).await;
    let (mut refused, mut invited) = (0, 0);
    for round in 0..ROUNDS {
        let (_, taken) = seats(&app, &token, &team).await;
        let room = u32::try_from(taken + 1).expect("few");
        change_to(&app, &token, &team, room + 1).await;
        change_to(&app, &token, &team, room)
            .await
            .assert_status(200);
        // One seat is free; it is taken away and promised in the same instant.
        let email = format!("{round}@acme.example");
        let (less, more) = tokio::join!(
            change_to(&app, &token, &team, room - 1),
            invite(&app, &team, &email)
        );
        let has_less = less.status.is_success();
        let is_invited = more.json()["items"][0]["invitation"]["invitation_id"].is_string();
        let (plan, taken) = seats(&app, &token, &team).await;
        assert!(taken <= plan, "round {round}: {taken} of {plan}");
        assert!(
            !(has_less && is_invited),
            "round {round}: {less:?} {more:?}"
        );
        refused += u32::from(!has_less);
        invited += u32::from(is_invited);
    }
    assert_eq!(refused, invited);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_beyond_the_seats_lets_nobody_follow() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let team = comped(&app, &token, 3).await;
    for _ in 0..2 {
        app.member(&team, Role::OrgMember).await;
    }
    let users: Vec<Value> = (0..2)
        .map(|user| json!({ "email": format!("late{user}@acme.example") }))
        .collect();
    let path = format!("/v1/platform/organizations/{}/user-imports", team.id);
    let body = json!({ "users": users });
    let begun = app.post(&path, &token, &body).await;
    let path = begun.assert_status(202).header("location");
    let path = path.expect("where it is");
    let found = eventually("the end of the import", || async {
        let found = app.get(path, Some(&token)).await.assert_status(200).json();
        (found["status"] == "done").then_some(found)
    })
    .await;
    assert_eq!(found["counts"]["failed"], 2, "{found}");
    assert_eq!(seats(&app, &token, &team).await, (3, 3));
}
