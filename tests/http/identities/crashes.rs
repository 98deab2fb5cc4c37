//! Links end well whatever breaks off, and however many are wanted at once.

use std::time::Duration;

use domain::Role;
use futures::future::join_all;
use rand::RngExt;
use serde_json::json;
use tests::{Options, Organization, Person, TestApp, eventually, process};
use tokio::process::Child;

use super::{at_auth0, became, identities, link, second_login, social, sub};

const KILLS: usize = 40;
const LINKS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn killed_workers_link_each_pair_once_and_lose_no_membership() {
    let app = TestApp::with(Options {
        with_worker: false,
        ..Options::default()
    })
    .await;
    let mut worker = work(&app);
    let team = app.organization_of("enterprise").await;
    app.is_compared().await;
    for kind in ["status", "error_after"] {
        let fault =
            json!({ "path": "/api/v2/users/", "kind": kind, "status": 503, "probability": 0.2 });
        app.plan_fault(&fault).await;
    }
    let mut people = Vec::new();
    for kill in 0..KILLS {
        if kill % (KILLS / LINKS) == 0 {
            people.push(begin(&app, &team).await);
        }
        let alive = Duration::from_millis(rand::rng().random_range(0..400));
        tokio::time::sleep(alive).await;
        worker.kill().await.expect("it can be killed");
        worker = work(&app);
    }
    app.clear_faults().await;
    assert_eq!(people.len(), LINKS);
    for (person, other) in &people {
        became(&app, &person.token, "linked").await;
        let ids = at_auth0(&app, &person.user_id).await;
        assert_eq!(ids, Some(vec![person.user_id.clone(), other.clone()]));
    }
    app.settled().await;
    let expected: Vec<_> = people
        .iter()
        .map(|(person, _)| person.user_id.clone())
        .collect();
    let is_theirs = |members: Vec<String>| {
        members.len() == LINKS + 1 && expected.iter().all(|id| members.contains(id))
    };
    assert!(is_theirs(ours(&app, &team).await));
    assert!(is_theirs(theirs(&app, &team).await));
}

/// A link of two accounts of which the other one is a member.
async fn begin(app: &TestApp, team: &Organization) -> (Person, String) {
    let (person, provider) = (app.visitor().await, social());
    let other = second_login(app, &provider, &person.user_id).await;
    app.join(team, &sub(&other), Role::OrgMember).await;
    link(app, &person.token, &other.token, "caller")
        .await
        .assert_status(202);
    (person, sub(&other))
}

fn work(app: &TestApp) -> Child {
    let mut variables = app.variables.clone();
    variables.insert("WORKER_LEASE_SECONDS".into(), "1".into());
    variables.insert("WORKER_LONGEST_BACKOFF_SECONDS".into(), "1".into());
    variables.insert("LOG".into(), "off".into());
    process::spawn(&["work"], &variables)
}

async fn ours(app: &TestApp, team: &Organization) -> Vec<String> {
    sqlx::query_scalar("select user_id from app.memberships where org_id = $1")
        .bind(&team.id)
        .fetch_all(&mut app.database.admin().await)
        .await
        .expect("rows")
}

async fn theirs(app: &TestApp, team: &Organization) -> Vec<String> {
    let page = app.auth0();
    let page = page.organizations().members_page(&team.id, None).await;
    let members = page.expect("Auth0 answers").items.into_iter();
    members.map(|member| member.user_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_auth0_is_away_the_other_login_is_refused_and_nothing_is_lost() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    app.is_compared().await;
    let (ada, provider) = (app.visitor().await, social());
    let other = second_login(&app, &provider, &ada.user_id).await;
    app.join(&team, &sub(&other), Role::OrgMember).await;
    app.settled().await;
    let away = json!({ "path": "/api/v2/", "kind": "status", "status": 503 });
    app.plan_fault(&away).await;
    link(&app, &ada.token, &other.token, "caller")
        .await
        .assert_status(202);
    app.get("/v1/me", Some(&other.token))
        .await
        .assert_problem(401, "invalid_token");
    assert!(ours(&app, &team).await.contains(&sub(&other)));
    app.clear_faults().await;
    app.advance("PT6M").await;
    let ada = app.log_in(&ada, None).await.expect("a login");
    became(&app, &ada.token, "linked").await;
    assert!(ours(&app, &team).await.contains(&sub(&ada)));
    assert!(!ours(&app, &team).await.contains(&sub(&other)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_links_at_once_that_share_an_account_one_is_made() {
    let app = TestApp::start().await;
    for _ in 0..10 {
        let (ada, bo, provider) = (app.visitor().await, app.visitor().await, social());
        let for_ada = second_login(&app, &provider, &ada.user_id).await;
        let for_bo = second_login(&app, &provider, &bo.user_id).await;
        let (one, other) = tokio::join!(
            link(&app, &ada.token, &for_ada.token, "caller"),
            link(&app, &bo.token, &for_bo.token, "caller"),
        );
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 409], "{one:?} {other:?}");
        let made =
            identities(&app, &ada.token).await.len() + identities(&app, &bo.token).await.len();
        assert_eq!(made, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_two_directions_at_once_one_is_made() {
    let app = TestApp::start().await;
    for _ in 0..10 {
        let (ada, provider) = (app.visitor().await, social());
        let other = second_login(&app, &provider, &ada.user_id).await;
        let links = ["caller", "other"].map(|main| link(&app, &ada.token, &other.token, main));
        let answers = join_all(links).await;
        let made = answers.iter().filter(|answer| answer.status == 202).count();
        assert_eq!(made, 1, "{answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != 202) {
            // Whoever comes second is nobody any more, or is told that the other is.
            assert!(
                [401, 409, 422].contains(&answer.status.as_u16()),
                "{answer:?}"
            );
        }
        eventually("one account with two logins", || async {
            let (one, two) = (
                at_auth0(&app, &ada.user_id).await,
                at_auth0(&app, &sub(&other)).await,
            );
            let counts = [
                one.map_or(0, |ids| ids.len()),
                two.map_or(0, |ids| ids.len()),
            ];
            (counts == [2, 0] || counts == [0, 2]).then_some(())
        })
        .await;
    }
}
