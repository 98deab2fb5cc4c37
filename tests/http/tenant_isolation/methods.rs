//! Methods that a path does not have, and paths that do not exist.

use std::collections::BTreeMap;

use reqwest::Method;
use tests::TestApp;
use tests::contract::operations;

use super::fixtures::Whose;
use super::world::{Home, Ids, send};

const METHODS: [Method; 8] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::TRACE,
    Method::HEAD,
    Method::OPTIONS,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_path_does_not_have_is_405_with_those_it_has_and_changes_nothing() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    app.settled().await;
    let before = home.rows(&app).await;
    for (path, documented) in methods_of_paths(&home) {
        let token = home.token(if path.contains("/orgs/") {
            Whose::Organizations
        } else {
            Whose::Persons
        });
        for method in METHODS.iter().filter(|method| !documented.contains(method)) {
            let answer = send(&app, method, &path, Some(token), "{}").await;
            answer.assert_status(405);
            let allow = answer.header("allow").unwrap_or_default();
            let mut allowed: Vec<&str> = allow.split(", ").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, documented, "{method} {path}");
        }
    }
    assert_eq!(home.rows(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_does_not_exist_is_the_same_404_for_every_method() {
    let app = TestApp::start().await;
    let answers = [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/me/",
        "/v1/orgs",
        "/v1/orgs/",
        "/v1//me",
        "/V1/me",
        "/v1/me/projects/a/b",
        "/v2/me",
        "/.git/config",
    ];
    for path in answers {
        for method in METHODS {
            let answer = send(&app, &method, path, None, "{}").await;
            answer.assert_status(404);
            let body_or_none = method == Method::HEAD || answer.json()["code"] == "not_found";
            assert!(body_or_none, "{method} {path} {answer:?}");
        }
    }
}

/// Each path of the document, its parameters filled in, with the methods that it has.
fn methods_of_paths(home: &Home) -> BTreeMap<String, Vec<Method>> {
    let mut paths = BTreeMap::<String, Vec<Method>>::new();
    for operation in operations() {
        let ids: &Ids = if operation.path.contains("{org_id}") {
            &home.ids
        } else {
            &home.my_ids
        };
        let path = operation.path_with(|name| ids.get(name));
        paths
            .entry(path)
            .or_default()
            .push(operation.method.clone());
    }
    for methods in paths.values_mut() {
        methods.sort_unstable_by_key(ToString::to_string);
    }
    paths
}
