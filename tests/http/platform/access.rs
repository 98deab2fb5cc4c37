//! Who may use the back office, and what its token does not open.

use reqwest::Method;
use serde_json::json;
use tests::contract::{Operation, operations};
use tests::{Options, TestApp};

use crate::tenant_isolation::fixtures::{Whose, fixture};
use crate::tenant_isolation::world::{Home, call};
use crate::tokens::forge::Forge;

fn of(whose: Whose) -> impl Iterator<Item = &'static Operation> {
    let is_meant = move |found: &&Operation| fixture(&found.id).whose == whose;
    operations().iter().filter(is_meant)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_back_offices_token_opens_nothing_of_a_person_or_an_organization() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    let token = app.platform_token().await;
    app.settled().await;
    let before = home.rows(&app).await;
    let mut calls = 0;
    for whose in [Whose::Persons, Whose::Organizations] {
        for operation in of(whose) {
            let ids = home.own_ids(whose);
            let answer = call(&app, operation, (ids, ids), Some(&token)).await;
            answer.assert_problem(403, "machine_token_not_allowed");
            calls += 1;
        }
    }
    assert!(calls > 30, "only {calls}");
    assert_eq!(home.rows(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_program_with_the_scope_and_no_organization_is_the_back_office() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    let platform = app.platform_token().await;
    let forge = Forge::of(&app, &platform);
    let person = &home.organization.token;
    let lesser = [
        forge.not_claiming("scope"),
        forge.claiming("scope", json!("platform:read")),
        forge.claiming("scope", json!("platform:admin:all xplatform:admin")),
        forge.claiming("org_id", json!(home.ids.org_id)),
    ];
    let broken = [
        forge.claiming("scope", json!(["platform:admin"])),
        forge.claiming("sub", json!("another@clients")),
        forge.claiming("aud", json!("https://elsewhere.example")),
    ];
    let widened = Forge::of(&app, person).claiming("scope", json!("openid platform:admin"));
    for operation in of(Whose::Platform) {
        let ids = home.own_ids(Whose::Platform);
        for token in &lesser {
            let answer = call(&app, operation, (ids, ids), Some(token)).await;
            answer.assert_problem(403, "permission_denied");
        }
        for token in [person, &home.person.token, &widened] {
            let answer = call(&app, operation, (ids, ids), Some(token)).await;
            answer.assert_problem(403, "platform_token_required");
        }
        for token in &broken {
            let answer = call(&app, operation, (ids, ids), Some(token)).await;
            answer.assert_problem(401, "invalid_token");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_role_there_is_no_back_office() {
    let options = Options {
        variables: vec![("DATABASE_PLATFORM_URL", String::new())],
        ..Options::default()
    };
    let app = TestApp::with(options).await;
    let token = app.platform_token().await;
    let answer = app.get("/v1/platform/organizations", Some(&token)).await;
    answer.assert_problem(404, "not_found");
    let request = app.request(Method::GET, "/v1/platform/organizations", None);
    let answer = app.send(request).await;
    answer.assert_problem(401, "invalid_token");
}
