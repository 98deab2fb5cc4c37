//! The committed OpenAPI document, which clients are generated from.

use std::collections::BTreeSet;
use std::path::Path;

use tests::TestApp;
use tests::contract::{operation, operations};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/api.json");

#[test]
fn the_committed_document_is_fresh() {
    let committed = std::fs::read_to_string(Path::new(COMMITTED)).expect("openapi/api.json");
    assert!(
        committed == api::openapi::json(),
        "openapi/api.json is stale; run: cargo run -- openapi > openapi/api.json"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_served_document_is_the_committed_one() {
    let app = TestApp::start().await;
    let served = app.get("/openapi.json", None).await;
    let committed = std::fs::read_to_string(Path::new(COMMITTED)).expect("openapi/api.json");
    assert_eq!(
        served.assert_status(200).json(),
        serde_json::from_str::<serde_json::Value>(&committed).expect("it is JSON")
    );
}

#[test]
fn every_operation_has_an_id_of_its_own_and_one_tag() {
    let ids: BTreeSet<_> = operations().iter().map(|operation| &operation.id).collect();
    assert_eq!(ids.len(), operations().len(), "{ids:?}");
    for operation in operations() {
        let is_verb_and_noun = operation.id.contains('_') && !operation.id.ends_with('_');
        assert!(is_verb_and_noun, "{operation:?}");
        assert_eq!(operation.tags.len(), 1, "{operation:?}");
    }
}

#[test]
fn what_needs_a_token_tells_of_bad_tokens_and_what_does_not_is_listed_here() {
    let open: Vec<&str> = operations()
        .iter()
        .filter(|operation| !operation.needs_token)
        .map(|operation| operation.path.as_str())
        .collect();
    assert_eq!(
        open,
        [
            "/docs",
            "/docs/{file}",
            "/healthz",
            "/identity-provider-test",
            "/invitation",
            "/invitation",
            "/invitation/{file}",
            "/login",
            "/openapi.json",
            "/orgs/{name}/login",
            "/readyz",
            "/v1/plans",
            "/webhooks/stripe",
        ]
    );
    for operation in operations() {
        let tells = operation
            .answers
            .get(&401)
            .is_some_and(|codes| codes == &["invalid_token"]);
        assert_eq!(tells, operation.needs_token, "{}", operation.id);
    }
}

#[test]
fn what_takes_a_body_tells_of_bad_bodies() {
    for operation in operations()
        .iter()
        .filter(|found| found.takes_body && !found.is_webhook())
    {
        for status in [400, 408, 413, 415, 422] {
            assert!(
                operation.answers.contains_key(&status),
                "{} {status}",
                operation.id
            );
        }
    }
    assert!(operation("receive_stripe_webhook").takes_body);
}

#[test]
fn a_path_with_an_id_can_be_missing() {
    for operation in operations() {
        let has_id = operation
            .parameters()
            .iter()
            .any(|name| name.ends_with("_id"));
        assert!(
            !has_id || operation.answers.contains_key(&404),
            "{}",
            operation.id
        );
    }
}
