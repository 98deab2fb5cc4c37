//! What Prometheus reads, at a port of its own: how much and how long, and nothing of any customer.

use reqwest::{Client, Method};
use tests::{Options, TestApp, eventually, process};

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_pattern_at_a_port_of_their_own() {
    let (app, address) = measured().await;
    let acme = app.organization().await;
    let served = app.serve();
    let projects = format!("/v1/orgs/{}/projects", acme.id);
    eventually("a ready API", async || {
        let listed = served.get(&projects, &acme.token).await?;
        (listed.status == 200).then_some(())
    })
    .await;
    let strange = Client::builder().no_proxy().build().expect("a client");
    for path in ["/v1/plans", "/v1/plans", "/nowhere/at/all", "/metrics"] {
        let method = Method::from_bytes(b"SECRET").expect("a method");
        let method = if path == "/v1/plans" {
            Method::GET
        } else {
            method
        };
        let sent = strange.request(method, format!("{}{path}", served.url));
        sent.send().await.expect("an answer");
    }
    let told = read(&address).await;
    for line in [
        r#"tenantry_http_requests_total{method="GET",route="/v1/plans",status="200"} 2"#,
        r#"tenantry_http_requests_total{method="GET",route="/v1/orgs/{org_id}/projects",status="200"} 1"#,
        r#"tenantry_http_requests_total{method="other",route="unmatched",status="404"} 2"#,
        r#"tenantry_http_request_duration_seconds_count{method="GET",route="/v1/plans"} 2"#,
        "tenantry_build_info{version=",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    for secret in [&acme.id, &acme.name, &acme.token, "SECRET", "nowhere"] {
        assert!(!told.contains(secret), "{secret} is in\n{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_tells_of_its_jobs_and_that_it_lives() {
    let (app, address) = measured().await;
    let _worker = process::spawn(&["work"], &app.variables);
    eventually("a job that was run", async || {
        let told = read(&address).await;
        let done = r#"tenantry_jobs_total{kind="#;
        let is_done = |line: &str| line.starts_with(done) && line.contains(r#"ended="done""#);
        told.lines().any(is_done).then_some(())
    })
    .await;
    let told = read(&address).await;
    for name in [
        "tenantry_job_duration_seconds_count{kind=",
        "tenantry_worker_polled_timestamp_seconds ",
    ] {
        assert!(told.contains(name), "{name} is not in\n{told}");
    }
}

/// A product whose processes count, and where they tell.
async fn measured() -> (TestApp, String) {
    let address = format!("127.0.0.1:{}", process::free_port());
    let app = TestApp::with(Options {
        variables: vec![("METRICS_ADDRESS", address.clone())],
        ..Options::default()
    })
    .await;
    (app, address)
}

async fn read(address: &str) -> String {
    let url = format!("http://{address}/metrics");
    eventually("what was counted", async || {
        let answer = reqwest::get(&url).await.ok()?;
        assert_eq!(answer.status(), 200);
        answer.text().await.ok()
    })
    .await
}
