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
    let other = api.post("event-streams", stream("https://example.com/others"));
    let other = other.await.assert_status(201);
    let listed = api.get("event-streams").await.assert_status(200);
    assert_eq!(listed["eventStreams"], json!([made, other]), "oldest first");
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
async fn a_stream_to_an_event_bridge_is_kept_and_sends_nothing() {
    let api = Api::start().await;
    let configuration = json!({ "aws_account_id": "242109005777", "aws_region": "us-east-2" });
    let stream = |kind: &str, configuration: &Value| {
        json!({
            "subscriptions": [{ "event_type": "user.created" }],
            "destination": { "type": kind, "configuration": configuration },
        })
    };
    let made = api.post("event-streams", stream("eventbridge", &configuration));
    let made = made.await.assert_status(201);
    let kept = &made["destination"]["configuration"];
    assert_eq!(kept["aws_account_id"], "242109005777");
    let source = kept["aws_partner_event_source"].as_str().unwrap();
    assert!(source.starts_with("aws.partner/auth0.com/"), "{source}");
    let path = format!("event-streams/{}", made["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.assert_status(200), made);
    let test = json!({ "event_type": "user.created" });
    let test = api.post(&format!("{path}/test"), test).await;
    test.assert_status(202);
    let deliveries = api.get(&format!("{path}/deliveries")).await;
    assert_eq!(deliveries.assert_status(200), json!([]));

    let short = json!({ "aws_account_id": "24210900577", "aws_region": "us-east-2" });
    for (kind, configuration, message) in [
        (
            "eventbridge",
            &short,
            "Payload validation error: 'String does not match pattern ^\\d{12}$: 24210900577' on property \
             destination.configuration.aws_account_id.",
        ),
        (
            "webhook",
            &configuration,
            "Payload validation error: 'Missing required property: webhook_endpoint' on property \
             destination.configuration.",
        ),
        (
            "pigeon",
            &configuration,
            "Payload validation error: 'No enum match for: pigeon' on property destination.type.",
        ),
    ] {
        let refused = api.post("event-streams", stream(kind, configuration));
        refused.await.assert_error(400, "invalid_body", message);
    }
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
