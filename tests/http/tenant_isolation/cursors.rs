//! A cursor opens only the list, of only the tenant, that it was made for, and only as it was made.

use serde_json::json;
use tests::contract::{Operation, operations};
use tests::{Options, TestApp, nobodys_organization};

use super::fixtures::{Whose, fixture};
use super::world::Home;

/// Every operation that takes a cursor.
fn lists() -> impl Iterator<Item = &'static Operation> {
    let takes_cursor = |operation: &&Operation| {
        let codes = operation.answers.get(&400);
        codes.is_some_and(|codes| codes.iter().any(|code| code == "invalid_cursor"))
    };
    operations().iter().filter(takes_cursor)
}

async fn home_with_two_of_each(app: &TestApp) -> Home {
    let home = Home::create(app).await;
    home.fresh_ids(app, Whose::Organizations).await;
    home.fresh_ids(app, Whose::Persons).await;
    for friend in ["one@example.com", "two@example.com"] {
        let invited = json!({ "email": friend });
        let invited = app.post("/v1/me/invitations", &home.person.token, &invited);
        invited.await.assert_status(201);
    }
    home
}

/// With a community, so that individuals have invitations to list.
async fn product() -> TestApp {
    let community = ("COMMUNITY_ORGANIZATION_ID", nobodys_organization());
    TestApp::with(Options {
        variables: vec![community],
        ..Options::default()
    })
    .await
}

fn path(list: &Operation, home: &Home) -> String {
    let whose = fixture(&list.id).whose;
    list.path_with(|name| home.own_ids(whose).get(name))
}

fn token<'a>(list: &Operation, home: &'a Home) -> &'a str {
    home.token(fixture(&list.id).whose)
}

/// The back office has one list of all organizations, whoever asks.
fn is_nobodys(list: &Operation) -> bool {
    fixture(&list.id).whose == Whose::Platform && list.parameters().is_empty()
}

/// Of the second page.
async fn cursor(app: &TestApp, list: &Operation, home: &Home) -> String {
    let first = format!("{}?limit=1", path(list, home));
    let page = app.get(&first, Some(token(list, home))).await;
    let page = page.assert_status(200).json();
    let cursor = page["next_cursor"].as_str();
    cursor
        .unwrap_or_else(|| panic!("{} has one page only", list.id))
        .to_owned()
}

async fn assert_refused(app: &TestApp, list: &Operation, home: &Home, cursor: &str) {
    let next = format!("{}?cursor={cursor}", path(list, home));
    let answer = app.get(&next, Some(token(list, home))).await;
    answer
        .assert_problem(400, "invalid_cursor")
        .assert_field("cursor");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_opens_no_other_list_and_no_other_tenants() {
    let app = product().await;
    let (mine, theirs) = (
        home_with_two_of_each(&app).await,
        home_with_two_of_each(&app).await,
    );
    assert!(lists().count() >= 4);
    for made_for in lists() {
        let cursor = cursor(&app, made_for, &mine).await;
        for other in lists() {
            let is_same_list = other.id == made_for.id && is_nobodys(other);
            if !is_same_list {
                assert_refused(&app, other, &theirs, &cursor).await;
            }
            if other.id != made_for.id {
                assert_refused(&app, other, &mine, &cursor).await;
            }
        }
        let own = format!("{}?limit=1&cursor={cursor}", path(made_for, &mine));
        let second = app.get(&own, Some(token(made_for, &mine))).await;
        let second = second.assert_status(200).json();
        assert_eq!(second["items"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_cursor_opens_nothing() {
    let app = product().await;
    let home = home_with_two_of_each(&app).await;
    let list = tests::contract::operation("list_projects");
    let cursor = cursor(&app, list, &home).await;
    for at in 0..cursor.len() {
        let put = |text: &str| format!("{}{text}{}", &cursor[..at], &cursor[at + 1..]);
        let flipped = if &cursor[at..=at] == "A" { "B" } else { "A" };
        for edited in [put(flipped), put("%00"), put(""), cursor[..at].to_owned()] {
            assert_refused(&app, list, &home, &edited).await;
        }
    }
    for edited in [format!("{cursor}="), format!("{cursor}AAAA"), "null".into()] {
        assert_refused(&app, list, &home, &edited).await;
    }
    assert_refused(
        &app,
        list,
        &home,
        &json!({ "id": home.ids.project_id }).to_string(),
    )
    .await;
}
