//! `/event-streams` as API objects.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Api;

fn stream(endpoint: &str) -> Value {
    json!({
        "name": "members",
        "subscriptions": [{ "event_type": "organization.created" }],
        "destination": { "type": "webhook", "configuration": {
            "webhook_endpoint": endpoint,
            "webhook_authorization": { "method": "bearer", "token": "the-secret-token" },
        } },
    })
}

#[actix_web::test]
async fn a_stream_is_made_read_changed_and_deleted_twice_and_never_shows_its_secret() {
    let api = Api::start().await;
    let made = api
        .post("event-streams", stream("https://example.com/events"))
        .await;
    let made = made.assert_status(201);
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("est_") && id.len() == 26, "{id}");
    assert_eq!(made["status"], "enabled");
    assert_eq!(
        made["subscriptions"],
        json!([{ "event_type": "organization.created" }])
    );
    let authorization = &made["destination"]["configuration"]["webhook_authorization"];
    assert_eq!(*authorization, json!({ "method": "bearer" }));
    let path = format!("event-streams/{id}");
    assert_eq!(api.get(&path).await.assert_status(200), made);
    let listed = api.get("event-streams").await.assert_status(200);
    assert_eq!(listed["eventStreams"], json!([made]));
    let change = json!({ "name": "others", "status": "disabled" });
    let changed = api.patch(&path, change).await.assert_status(200);
    assert_eq!(
        (&changed["name"], &changed["status"]),
        (&json!("others"), &json!("disabled"))
    );
    api.delete(&path).await.assert_status(204);
    api.delete(&path).await.assert_status(204);
    api.get(&path)
        .await
        .assert_error(404, "", "The requested stream does not exist.");
}

#[actix_web::test]
async fn what_is_no_stream_is_refused() {
    let api = Api::with(sandbox::SandboxConfig {
        strict: true,
        ..sandbox::SandboxConfig::default()
    })
    .await;
    let good = stream("https://example.com/events");
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for body in [
        json!({}),
        stream("http://example.com/events"),
        with("/subscriptions", json!([])),
        with("/subscriptions/0/event_type", json!("organization.renamed")),
        with("/destination/type", json!("carrier-pigeon")),
        with(
            "/destination/configuration/webhook_authorization",
            json!({ "method": "bearer" }),
        ),
    ] {
        let answer = api.post("event-streams", body).await;
        assert_eq!(
            (answer.status, &answer.body["errorCode"]),
            (400, &json!("invalid_body"))
        );
    }
}

async fn failed(api: &Api, path: &str) -> Value {
    for _ in 0..400 {
        let failed = api.get(path).await.assert_status(200);
        if failed != json!([]) {
            return failed;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nothing has failed");
}

#[actix_web::test]
async fn failed_deliveries_are_listed_and_delivered_again_on_demand() {
    let api = Api::start().await;
    // The sandbox itself answers 404 there, which is final.
    let nowhere = format!("{}nowhere", api.running.base_url());
    let made = api
        .post("event-streams", stream(&nowhere))
        .await
        .assert_status(201);
    let id = made["id"].as_str().unwrap();
    api.organization("acme").await;
    api.user("dora@example.com").await;
    let deliveries = format!("event-streams/{id}/deliveries");
    let listed = failed(&api, &deliveries).await;
    assert_eq!(
        listed.as_array().unwrap().len(),
        1,
        "only what it is subscribed to"
    );
    let first = &listed[0];
    assert_eq!(first["status"], "failed");
    assert_eq!(first["event_type"], "organization.created");
    assert_eq!(first["event_stream_id"], id);
    assert_eq!(first["event"]["a0stream"], id);
    assert_eq!(first["attempts"].as_array().unwrap().len(), 1);
    let event = first["id"].as_str().unwrap();
    let one = format!("{deliveries}/{event}");
    assert_eq!(api.get(&one).await.assert_status(200), *first);
    let again = format!("event-streams/{id}/redeliver/{event}");
    api.post(&again, json!({})).await.assert_status(202);
    let listed = failed(&api, &deliveries).await;
    assert_eq!(
        listed[0]["attempts"].as_array().unwrap().len(),
        1,
        "it was tried anew"
    );
    let other = json!({ "event_types": ["user.created"] });
    let asked = api
        .post(&format!("event-streams/{id}/redeliver"), other.clone())
        .await;
    assert_eq!(asked.assert_status(202), other);
    assert_eq!(api.get(&deliveries).await.assert_status(200), listed);
    let missing = format!("event-streams/{id}/redeliver/evt_0");
    api.post(&missing, json!({})).await.assert_status(404);
}

#[actix_web::test]
async fn a_test_event_goes_out_whatever_the_stream_is_subscribed_to() {
    let api = Api::start().await;
    let nowhere = format!("{}nowhere", api.running.base_url());
    let made = api
        .post("event-streams", stream(&nowhere))
        .await
        .assert_status(201);
    let id = made["id"].as_str().unwrap();
    let body = json!({ "event_type": "user.created" });
    let test = api
        .post(&format!("event-streams/{id}/test"), body)
        .await
        .assert_status(202);
    assert_eq!(
        (&test["status"], &test["attempts"]),
        (&json!("pending"), &json!([]))
    );
    assert_eq!(test["event"]["type"], "user.created");
    let listed = failed(&api, &format!("event-streams/{id}/deliveries")).await;
    assert_eq!(listed[0]["id"], test["id"]);
}
