//! More members than seats: whoever is beyond them reads only, nobody joins, nobody is lost.

use domain::{Role, State};
use reqwest::Method;
use serde_json::{Value, json};
use store::DatabaseRole;
use tests::{Answer, Organization, Person, TestApp};

/// A team of five: its buyer, another administrator and three others.
struct Five {
    app: TestApp,
    team: Organization,
    second: (Person, String),
    others: Vec<(Person, String)>,
}

impl Five {
    async fn create() -> Self {
        let app = TestApp::start().await;
        let team = app.organization().await;
        let second = app.member(&team, Role::OrgAdmin).await;
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(app.member(&team, Role::OrgMember).await);
        }
        let mut five = Self {
            app,
            team,
            second,
            others,
        };
        // They joined at the same time, so their ids decide.
        five.others
            .sort_by(|one, other| one.0.user_id.cmp(&other.0.user_id));
        five
    }

    /// What is paid becomes so many seats, as after a downgrade.
    async fn seats(&self, seats: u32) {
        let store = self.app.database.store(DatabaseRole::Worker).await;
        let id: domain::OrganizationId = self.team.id.parse().expect("an id");
        let mut tx = store.tenant(&id.into()).await.expect("a transaction");
        let record = tx.lock_subscription().await.expect("it is read");
        let mut record = record.expect("a subscription");
        let State::Active { term, .. } = &mut record.subscription.state else {
            panic!("it is active");
        };
        term.seats = seats;
        tx.save_subscription(&record).await.expect("it is saved");
        tx.commit().await.expect("it is committed");
    }

    fn url(&self, path: &str) -> String {
        format!("/v1/orgs/{}{path}", self.team.id)
    }

    async fn writes(&self, token: &str) -> Answer {
        let body = json!({ "name": "Spring" });
        self.app.post(&self.url("/projects"), token, &body).await
    }

    async fn writes_of(&self, other: usize) -> Answer {
        self.writes(&self.others[other].1).await
    }

    async fn entitlement(&self, token: &str, feature: &str) -> Value {
        let answer = self.app.get(&self.url("/entitlements"), Some(token)).await;
        let all = answer.assert_status(200).json();
        let mut all = all["entitlements"].as_array().expect("a list").iter();
        let found = all.find(|found| found["feature"] == feature);
        found.expect("every feature").clone()
    }

    /// User ids of those who are shown as beyond the seats.
    async fn over_limit(&self) -> Vec<String> {
        let list = self.url("/members");
        let list = self.app.get(&list, Some(&self.team.token)).await;
        let list = list.assert_status(200).json();
        let over = list["items"].as_array().expect("items").iter();
        let over = over.filter(|member| member["over_limit"] == true);
        over.map(|member| member["user_id"].as_str().expect("an id").to_owned())
            .collect()
    }
}

fn assert_over_limit(answer: &Answer) {
    answer.assert_problem(402, "over_limit");
    let problem = answer.json();
    assert_eq!(
        (&problem["because"], &problem["lifted_by"]),
        (&json!("over_limit"), &json!("more_seats"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_seats_members_read_and_administrators_come_first() {
    let five = Five::create().await;
    let before = five.app.row_counts().await;
    five.seats(3).await;
    let [(_, firsts), (next, nexts), (last, lasts)] = &five.others[..] else {
        panic!("three others");
    };
    assert_eq!(
        five.over_limit().await,
        [next.user_id.as_str(), last.user_id.as_str()]
    );
    for token in [nexts, lasts] {
        let projects = five.app.get(&five.url("/projects"), Some(token)).await;
        projects.assert_status(200);
    }
    let projects = five.entitlement(nexts, "projects").await;
    assert_eq!(
        (&projects["allowed"], &projects["because"]),
        (&json!(false), &json!("over_limit"))
    );
    let roles = [&five.team.token, &five.second.1, firsts, nexts, lasts];
    for (token, status) in roles.iter().zip([201, 201, 201, 402, 402]) {
        let answer = five.writes(token).await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        if status == 402 {
            assert_over_limit(&answer);
        }
    }
    let left = five.app.row_counts().await;
    for table in ["app.memberships", "app.subscriptions", "app.customers"] {
        assert_eq!(left[table], before[table], "{table}");
    }
    assert_eq!(left["app.projects"], before["app.projects"] + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_joins_what_is_over_its_limit_and_every_way_back_lifts_it() {
    let five = Five::create().await;
    five.seats(4).await;
    let last = &five.others[2].0.user_id;
    assert_eq!(five.over_limit().await, [last.as_str()]);
    let refused = five
        .app
        .invite(&five.team, "bo@acme.example", &[Role::OrgMember])
        .await;
    refused.assert_problem(409, "no_seats_left");
    let addition = json!({ "user_id": "auth0|new", "roles": ["org_member"] });
    let members = five.url("/members");
    let refused = five.app.post(&members, &five.team.token, &addition).await;
    refused.assert_problem(409, "no_seats_left");
    let members = five.entitlement(&five.team.token, "members").await;
    assert_eq!(
        members,
        json!({
            "feature": "members", "allowed": false, "limit": 4, "used": 5,
            "because": "seats", "lifted_by": "more_seats",
        })
    );
    // Somebody leaves.
    let path = five.url(&format!(
        "/members/{}",
        five.others[0].0.user_id.replace('|', "%7C")
    ));
    let removed = five
        .app
        .request(Method::DELETE, &path, Some(&five.team.token));
    five.app.send(removed).await.assert_status(204);
    assert_eq!(five.over_limit().await, [""; 0]);
    // More seats are paid.
    five.seats(2).await;
    assert_over_limit(&five.writes_of(1).await);
    five.seats(5).await;
    five.writes_of(1).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_administrator_takes_a_seat_before_those_who_joined_before() {
    let five = Five::create().await;
    five.seats(3).await;
    let promoted = &five.others[2].0.user_id;
    let path = five.url(&format!("/members/{}/roles", promoted.replace('|', "%7C")));
    let wanted = json!({ "roles": ["org_admin"] });
    let answer = five.app.put(&path, &five.team.token, &wanted).await;
    assert_eq!(answer.assert_status(200).json()["over_limit"], false);
    let over: Vec<_> = five.others[..2]
        .iter()
        .map(|(other, _)| &*other.user_id)
        .collect();
    assert_eq!(five.over_limit().await, over);
}
