//! Queries of lists, and of login links.

use tests::TestApp;
use tests::contract::{Operation, operations};

use crate::tenant_isolation::fixtures::fixture;
use crate::tenant_isolation::world::Home;

fn lists() -> impl Iterator<Item = &'static Operation> {
    let pages = |operation: &&Operation| {
        let codes = operation.answers.get(&400);
        codes.is_some_and(|codes| codes.iter().any(|code| code == "invalid_limit"))
    };
    operations().iter().filter(pages)
}

async fn assert_refused(app: &TestApp, home: &Home, query: &str, code: &str, field: &str) {
    for list in lists() {
        let whose = fixture(&list.id).whose;
        let path = list.path_with(|name| home.own_ids(whose).get(name));
        let answer = app
            .get(&format!("{path}?{query}"), Some(home.token(whose)))
            .await;
        answer.assert_problem(400, code).assert_field(field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_a_whole_number_from_1_to_200() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    for limit in [
        "0",
        "201",
        "-1",
        "x",
        "",
        "1.5",
        "1e2",
        "%2B5",
        "0x10",
        "1000000000",
        "18446744073709551617",
        "1%00",
        "1&limit=1",
        "٣",
    ] {
        assert_refused(
            &app,
            &home,
            &format!("limit={limit}"),
            "invalid_limit",
            "limit",
        )
        .await;
    }
    for limit in ["1", "200", "007"] {
        let path = format!("/v1/me/projects?limit={limit}");
        let answer = app.get(&path, Some(&home.person.token)).await;
        answer.assert_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_we_did_not_make_or_another_parameter_is_refused() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    let long = "A".repeat(3000);
    for cursor in ["", "x", "null", "%00", "AAAA", "..", "a&cursor=a", &long] {
        let query = format!("cursor={cursor}");
        assert_refused(&app, &home, &query, "invalid_cursor", "cursor").await;
    }
    for query in [
        "org_id=org_0123456789abcdef",
        "offset=1",
        "Limit=1",
        "filter[a]=1",
    ] {
        let name = query.split('=').next().expect("a name");
        assert_refused(&app, &home, query, "invalid_query", name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_link_carries_only_what_has_the_right_shape() {
    let app = TestApp::start().await;
    for (path, field) in [
        ("/login?organization=Acme%20Ltd", "organization"),
        ("/login?organization=a&organization=b", "organization"),
        ("/login?invitation=a%0d%0aSet-Cookie:x", "invitation"),
        ("/login?organization_name=%3Cscript%3E", "organization_name"),
        ("/orgs/acme/login?organization=other", "organization"),
        ("/orgs/%3Cscript%3E/login", "organization"),
        ("/orgs/%00/login", "organization"),
    ] {
        let answer = app.get(path, None).await;
        answer
            .assert_problem(400, "invalid_query")
            .assert_field(field);
    }
}
