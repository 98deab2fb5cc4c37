//! The tenant's log.

use serde_json::json;

use crate::scripted::{Answer, Tenant};

#[tokio::test]
async fn the_log_is_read_from_a_place_on_whatever_shape_its_entries_have() {
    let tenant = Tenant::start().await;
    let entries = json!([
        { "log_id": "900", "type": "sapi", "details": [1], "connection": {}, "user_id": 7 },
        { "log_id": "901", "type": "fi", "connection": "acme", "user_id": "oidc|acme|bo", "organization_id": "org_1",
          "details": { "invitation": { "id": "uinv_1", "ticket_id": "secret" } } },
    ]);
    tenant.answers("GET logs", [Answer::json(200, &entries)]);
    let client = tenant.client();
    let read = client.logs().after("899").await.unwrap();
    assert_eq!(tenant.calls()[0].query, "from=899&take=100");
    assert_eq!((read[0].kind.as_str(), &read[0].user_id), ("sapi", &None));
    assert_eq!(read[1].invitation_id.as_deref(), Some("uinv_1"));
    assert_eq!(read[1].organization_id.as_deref(), Some("org_1"));
    assert_eq!(read[1].connection.as_deref(), Some("acme"));
    assert!(!format!("{read:?}").contains("secret"));
}

#[tokio::test]
async fn the_ends_of_the_log_are_found_by_date() {
    let tenant = Tenant::start().await;
    let one = json!([{ "log_id": "900", "type": "s" }]);
    tenant.answers(
        "GET logs",
        [Answer::json(200, &one), Answer::json(200, &json!([]))],
    );
    let client = tenant.client();
    let newest = client.logs().newest().await.unwrap();
    assert_eq!(newest.unwrap().log_id, "900");
    assert_eq!(client.logs().oldest().await.unwrap(), []);
    let queries: Vec<_> = tenant.calls().into_iter().map(|call| call.query).collect();
    assert_eq!(
        queries,
        ["sort=date%3A-1&per_page=1", "sort=date%3A1&per_page=100"]
    );
}
