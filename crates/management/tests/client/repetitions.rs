//! Which calls are repeated inside, and how often.

use management::{Error, NewOrganization, OrganizationPatch};
use serde_json::json;

use crate::scripted::{Answer, Tenant};

fn acme() -> Answer {
    Answer::json(200, &json!({ "id": "org_1", "name": "acme" }))
}

#[tokio::test]
async fn a_get_survives_two_failures() {
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET organizations/o",
        [Answer::empty(500), Answer::BreakOff, acme()],
    );
    assert!(
        tenant
            .client()
            .organizations()
            .show("o")
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(tenant.calls().len(), 3);
}

#[tokio::test]
async fn a_get_gives_up_after_three_tries() {
    let tenant = Tenant::start().await;
    tenant.answers("GET organizations/o", [Answer::empty(502)]);
    let error = tenant.client().organizations().show("o").await.unwrap_err();
    assert!(
        matches!(error, Error::Unavailable { status: 502, .. }),
        "{error:?}"
    );
    assert_eq!(tenant.calls().len(), 3);
}

#[tokio::test]
async fn a_delete_that_worked_before_it_was_repeated_is_done() {
    let tenant = Tenant::start().await;
    let gone = Answer::error(404, "", "No organization found by that id or name");
    tenant.answers("DELETE organizations/o", [Answer::BreakOff, gone]);
    assert_eq!(tenant.client().organizations().delete("o").await, Ok(()));
}

#[tokio::test]
async fn a_named_wait_is_left_to_the_caller() {
    for answer in [
        Answer::empty(429),
        Answer::empty(503).with("retry-after", "30"),
    ] {
        let tenant = Tenant::start().await;
        tenant.answers("GET organizations/o", [answer]);
        tenant.client().organizations().show("o").await.unwrap_err();
        assert_eq!(tenant.calls().len(), 1);
    }
}

#[tokio::test]
async fn post_and_patch_are_sent_once() {
    for answer in [Answer::empty(500), Answer::BreakOff] {
        let tenant = Tenant::start().await;
        tenant.answers("POST organizations", [answer.clone()]);
        tenant.answers("PATCH organizations/o", [answer]);
        let client = tenant.client();
        client
            .organizations()
            .create(&NewOrganization::default())
            .await
            .unwrap_err();
        client
            .organizations()
            .change("o", &OrganizationPatch::default())
            .await
            .unwrap_err();
        assert_eq!(tenant.calls().len(), 2);
    }
}
