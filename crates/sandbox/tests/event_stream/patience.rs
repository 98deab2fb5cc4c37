//! How often a delivery is tried, and what the stream does when nobody takes it.

use chrono::TimeDelta;
use sandbox::SandboxConfig;
use serde_json::json;

use crate::listener::Listener;

#[tokio::test]
async fn a_delivery_is_tried_four_times_after_1_2_and_4_seconds_and_then_fails() {
    let listener = Listener::start().await;
    listener.answer(&[500, 503, 302, 500]);
    listener.organization().await;
    for (tries, pause) in [(1, 1), (2, 2), (3, 4)] {
        listener.wait_for(tries).await;
        listener
            .wait_until(|stream| stream["waiting"][0]["attempts"] == tries)
            .await;
        listener.sandbox.clock().advance(TimeDelta::seconds(pause));
    }
    let stream = listener
        .wait_until(|stream| stream["failed"][0]["attempts"] == 4)
        .await;
    assert_eq!(stream["status"], "enabled");
    assert_eq!(stream["failed"][0]["answer"], 500);
    assert_eq!(stream["waiting"], json!([]));
    let events = listener.received();
    assert!(events.iter().all(|event| event == &events[0]));
    assert_eq!(events.len(), 4);
}

#[tokio::test]
async fn a_4xx_is_final_and_three_failures_in_a_row_disable_the_stream() {
    let listener = Listener::start().await;
    listener.answer(&[400, 204, 401, 404, 429]);
    for _ in 0..5 {
        listener.organization().await;
    }
    let stream = listener
        .wait_until(|stream| stream["status"] == "disabled")
        .await;
    assert_eq!(stream["failed"].as_array().unwrap().len(), 4);
    assert_eq!(listener.received().len(), 5);
    listener.organization().await;
    assert_eq!(listener.stream().await["waiting"], json!([]), "it is lost");
    let enabled = json!({ "status": "enabled", "redeliver": true });
    listener.control("event-stream", enabled).await;
    listener.wait_for(9).await;
    let stream = listener
        .wait_until(|stream| stream["waiting"] == json!([]))
        .await;
    assert_eq!(
        (&stream["status"], &stream["failed"]),
        (&json!("enabled"), &json!([]))
    );
}

#[tokio::test]
async fn planned_faults_lose_double_and_reorder_events() {
    let listener = Listener::start().await;
    for (kind, path) in [
        ("drop_event", "organization.created"),
        ("duplicate_event", "user.created"),
    ] {
        let fault = json!({ "kind": kind, "path": path, "times": 1 });
        listener.control("faults", fault).await;
    }
    listener.organization().await;
    listener.user().await;
    let twice = listener.wait_for(2).await;
    assert_eq!(twice[0], twice[1]);
    assert_eq!(twice[0]["type"], "user.created");
    let fault = json!({ "kind": "reorder_event", "path": "user.", "times": 1 });
    listener.control("faults", fault).await;
    listener.user().await;
    listener.organization().await;
    listener.wait_for(4).await;
    assert_eq!(
        listener.kinds()[2..],
        ["organization.created", "user.created"]
    );
}

#[tokio::test]
async fn what_waits_survives_a_restart() {
    let folder = std::env::temp_dir().join(format!("sandbox-events-{:x}", rand::random::<u64>()));
    let config = || SandboxConfig {
        data_dir: Some(folder.clone()),
        ..SandboxConfig::default()
    };
    let listener = Listener::with(config()).await;
    listener.answer(&[500]);
    listener.organization().await;
    listener
        .wait_until(|stream| stream["waiting"][0]["attempts"] == 1)
        .await;
    listener.sandbox.stop().await.unwrap();
    let listener = Listener::with(config()).await;
    listener.sandbox.clock().advance(TimeDelta::seconds(1));
    assert_eq!(
        listener.wait_for(1).await[0]["type"],
        "organization.created"
    );
    listener.sandbox.stop().await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}
