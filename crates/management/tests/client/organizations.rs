//! Organizations and their metadata.

use std::collections::BTreeMap;

use management::{EnabledConnection, Error, NewOrganization, OrganizationPatch};
use serde_json::{Value, json};

use crate::scripted::{Answer, Tenant};

fn not_found() -> Answer {
    let body = json!({ "statusCode": 404, "error": "Not Found", "message": "No organization found by that id or name" });
    Answer::json(404, &body)
}

fn acme(metadata: &Value) -> Answer {
    let body =
        json!({ "id": "org_1", "name": "acme", "display_name": "Acme Corp", "metadata": metadata });
    Answer::json(200, &body)
}

fn entries(entries: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<String>> {
    let owned = entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned)));
    owned.collect()
}

fn new_acme() -> NewOrganization {
    NewOrganization {
        name: "acme".to_owned(),
        display_name: "Acme Corp".to_owned(),
        ..NewOrganization::default()
    }
}

#[tokio::test]
async fn an_organization_is_created_with_its_marker_and_connections() {
    let tenant = Tenant::start().await;
    tenant.answers("POST organizations", [acme(&json!({ "v": "1" }))]);
    let connection = EnabledConnection {
        connection_id: "con_1".to_owned(),
        ..EnabledConnection::default()
    };
    let new = NewOrganization {
        metadata: BTreeMap::from([("v".to_owned(), "1".to_owned())]),
        enabled_connections: vec![connection],
        ..new_acme()
    };
    let created = tenant.client().organizations().create(&new).await.unwrap();
    assert_eq!(
        (created.id.as_str(), created.metadata["v"].as_str()),
        ("org_1", "1")
    );
    let connections = json!([{ "connection_id": "con_1", "assign_membership_on_login": false }]);
    assert_eq!(tenant.bodies()[0]["metadata"], json!({ "v": "1" }));
    assert_eq!(tenant.bodies()[0]["enabled_connections"], connections);
}

#[tokio::test]
async fn what_is_not_set_is_not_sent() {
    let tenant = Tenant::start().await;
    tenant.answers("POST organizations", [acme(&json!({}))]);
    tenant
        .client()
        .organizations()
        .create(&new_acme())
        .await
        .unwrap();
    let body = json!({ "name": "acme", "display_name": "Acme Corp" });
    assert_eq!(tenant.bodies(), [body]);
}

#[tokio::test]
async fn a_change_sends_what_changes() {
    let tenant = Tenant::start().await;
    tenant.answers("PATCH organizations/org_1", [acme(&json!({}))]);
    let patch = OrganizationPatch {
        display_name: Some("Acme".to_owned()),
        ..OrganizationPatch::default()
    };
    tenant
        .client()
        .organizations()
        .change("org_1", &patch)
        .await
        .unwrap();
    assert_eq!(tenant.bodies(), [json!({ "display_name": "Acme" })]);
}

#[tokio::test]
async fn an_organization_is_found_by_id_and_by_name() {
    let tenant = Tenant::start().await;
    let bare = Answer::json(
        200,
        &json!({ "id": "org_1", "name": "acme", "metadata": null, "new": 1 }),
    );
    tenant.answers(
        "GET organizations/org_1",
        [acme(&json!({ "plan": "team" }))],
    );
    tenant.answers("GET organizations/name/acme", [bare]);
    let client = tenant.client();
    let by_id = client.organizations().show("org_1").await.unwrap().unwrap();
    let by_name = client
        .organizations()
        .by_name("acme")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(by_id.metadata["plan"], "team");
    assert!(by_name.metadata.is_empty() && by_name.display_name.is_none());
}

#[tokio::test]
async fn absence_is_none_whatever_the_text() {
    let tenant = Tenant::start().await;
    for answer in [not_found(), Answer::empty(404)] {
        tenant.answers("GET organizations/org_1", [answer.clone()]);
        tenant.answers("GET organizations/name/acme", [answer]);
        let client = tenant.client();
        assert_eq!(client.organizations().show("org_1").await, Ok(None));
        assert_eq!(client.organizations().by_name("acme").await, Ok(None));
    }
}

#[tokio::test]
async fn an_empty_id_reaches_no_other_route() {
    let tenant = Tenant::start().await;
    let error = tenant
        .client()
        .organizations()
        .delete("")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Argument { .. }), "{error:?}");
    assert!(tenant.calls().is_empty());
}

#[tokio::test]
async fn a_deleted_organization_may_be_deleted_again() {
    let tenant = Tenant::start().await;
    tenant.answers(
        "DELETE organizations/org_1",
        [Answer::empty(204), not_found()],
    );
    let client = tenant.client();
    assert_eq!(client.organizations().delete("org_1").await, Ok(()));
    assert_eq!(client.organizations().delete("org_1").await, Ok(()));
}

#[tokio::test]
async fn merging_metadata_keeps_the_other_entries() {
    let tenant = Tenant::start().await;
    tenant.answers(
        "GET organizations/org_1",
        [acme(&json!({ "a": "1", "b": "2", "c": "3" }))],
    );
    tenant.answers(
        "PATCH organizations/org_1",
        [acme(&json!({ "a": "1", "b": "9", "d": "4" }))],
    );
    let change = entries(&[("b", Some("9")), ("c", None), ("d", Some("4"))]);
    let merged = tenant
        .client()
        .organizations()
        .merge_metadata("org_1", change)
        .await
        .unwrap();
    assert_eq!(
        tenant.calls()[1].body,
        json!({ "metadata": { "a": "1", "b": "9", "d": "4" } })
    );
    assert_eq!(merged.metadata["d"], "4");
}

#[tokio::test]
async fn merging_nothing_new_writes_nothing() {
    let tenant = Tenant::start().await;
    tenant.answers("GET organizations/org_1", [acme(&json!({ "a": "1" }))]);
    let change = entries(&[("a", Some("1")), ("gone", None)]);
    tenant
        .client()
        .organizations()
        .merge_metadata("org_1", change)
        .await
        .unwrap();
    assert_eq!(tenant.calls().len(), 1);
}

#[tokio::test]
async fn metadata_of_an_unknown_organization_is_refused() {
    let tenant = Tenant::start().await;
    tenant.answers("GET organizations/org_1", [not_found()]);
    let error = tenant
        .client()
        .organizations()
        .merge_metadata("org_1", BTreeMap::new())
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(404));
}
