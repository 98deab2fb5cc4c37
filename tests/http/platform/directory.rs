//! Organizations across tenants: found by name and by what the CRM calls them, and shown without their content.

use std::collections::BTreeSet;

use domain::Role;
use serde_json::Value;
use tests::TestApp;

use super::{shown, suspend};

async fn list(app: &TestApp, token: &str, query: &str) -> Value {
    let path = format!("/v1/platform/organizations?{query}");
    app.get(&path, Some(token)).await.assert_status(200).json()
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items").iter();
    let id = |item: &Value| item["org_id"].as_str().expect("an id").to_owned();
    items.map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_are_listed_in_pages_and_found_by_the_beginning_of_their_name() {
    let app = TestApp::start().await;
    let token = app.platform_token().await;
    let mut all = BTreeSet::new();
    for _ in 0..5 {
        all.insert(app.bare_organization().await);
    }
    let mut seen = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = list(&app, &token, &query).await;
        seen.extend(ids(&page));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        query = format!("limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all);
    let one = all.first().expect("five");
    let name = shown(&app, &token, one).await["name"].clone();
    let name = name.as_str().expect("a name");
    let found = list(&app, &token, &format!("search={}", &name[..14])).await;
    assert_eq!(ids(&found), std::slice::from_ref(one));
    let by_display = list(&app, &token, "search=BAR").await;
    assert_eq!(ids(&by_display).len(), 5);
    assert!(ids(&list(&app, &token, "search=are").await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_status_and_suspension_narrow_the_list_as_they_are_now() {
    let app = TestApp::start().await;
    let (bare, paid) = tokio::join!(app.bare_organization(), app.organization());
    let token = app.platform_token().await;
    assert_eq!(
        ids(&list(&app, &token, "plan=team").await),
        std::slice::from_ref(&paid.id)
    );
    assert_eq!(
        ids(&list(&app, &token, "plan=enterprise").await),
        std::slice::from_ref(&bare)
    );
    assert_eq!(ids(&list(&app, &token, "status=active").await).len(), 2);
    suspend(&app, &token, &bare, "A test")
        .await
        .assert_status(200);
    assert_eq!(
        ids(&list(&app, &token, "suspended=true").await),
        std::slice::from_ref(&bare)
    );
    assert_eq!(
        ids(&list(&app, &token, "suspended=false").await),
        std::slice::from_ref(&paid.id)
    );
    // Nothing writes when time passes, and yet the list says what is so.
    app.advance("P400D").await;
    let token = app.platform_token().await;
    let expired = ids(&list(&app, &token, "status=expired&plan=enterprise").await);
    assert_eq!(expired, [bare]);
    for wrong in [
        "plan=gold",
        "status=",
        "suspended=perhaps",
        "search=a&search=b",
    ] {
        let path = format!("/v1/platform/organizations?{wrong}");
        let answer = app.get(&path, Some(&token)).await;
        answer.assert_problem(400, "invalid_query");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_shown_without_anybody_in_it() {
    let app = TestApp::start().await;
    let team = app.organization().await;
    let (ben, _) = app.member(&team, Role::OrgMember).await;
    let token = app.platform_token().await;
    let path = format!("/v1/platform/organizations/{}", team.id);
    let answer = app.get(&path, Some(&token)).await;
    let body = answer.assert_status(200).json();
    assert_eq!(body["plan"], "team");
    assert_eq!(
        (&body["seats"], &body["seats_used"]),
        (&5.into(), &2.into())
    );
    assert_eq!(body["needs_admin"], false);
    for secret in [&ben.email, &team.admin.email, &ben.user_id] {
        assert!(!answer.body.contains(secret.as_str()), "{answer:?}");
    }
    let nobody = tests::nobodys_organization();
    for missing in [nobody.as_str(), "org_1", "ind_1", "x"] {
        let path = format!("/v1/platform/organizations/{missing}");
        let answer = app.get(&path, Some(&token)).await;
        answer.assert_problem(404, "not_found");
    }
}
