//! A release replaces the processes one after the other, and no caller notices.

mod proxy;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use proxy::Proxy;
use reqwest::{Client, Method};
use serde_json::json;
use tests::process::{self, Served};
use tests::{Options, TestApp, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};
use uuid::Uuid;

/// Longer than any process may take to end, on a machine that is busy.
const END: Duration = Duration::from_secs(60);

const CALLERS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_restarted_in_turn_under_load_fail_no_request() {
    let app = without_worker(&[("SHUTDOWN_DRAIN_SECONDS", "2")]).await;
    let mut served = [app.serve(), app.serve()];
    let mut worker = work(&app);
    let proxy = Proxy::start(&[&served[0].url, &served[1].url]);
    for server in &served {
        takes_requests(&proxy, server).await;
    }
    let load = Load::start(&app, &proxy).await;
    for _ in 0..2 {
        for (slot, running) in served.iter_mut().enumerate() {
            let old = std::mem::replace(running, app.serve());
            assert!(proxy.answered_by(&old.url) > 0, "the old one had its share");
            ends_well(old.process).await;
            proxy.replace(slot, &running.url);
            takes_requests(&proxy, running).await;
            answers(&proxy, running).await;
        }
        let old = std::mem::replace(&mut worker, work(&app));
        ends_well(old).await;
    }
    let (sent, failed) = load.stop().await;
    assert_eq!(failed, Vec::<String>::new(), "of {sent} requests");
    assert!(sent > 100, "{sent} requests are no load");
    proxy.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_first_it_is_only_not_ready_any_more() {
    let app = without_worker(&[("SHUTDOWN_DRAIN_SECONDS", "300")]).await;
    let nobody = format!("http://127.0.0.1:{}", process::free_port());
    assert_eq!(healthcheck(&nobody).await, Some(1));
    let served = app.serve();
    is_ready(&served).await;
    assert_eq!(healthcheck(&served.url).await, Some(0));
    let kept = served.get("/v1/plans", "").await.expect("an answer");
    assert_eq!(kept.header("connection"), None);

    process::signal(&served.process, "TERM");
    eventually("a process that says that it will stop", || async {
        let ready = served.get("/readyz", "").await.expect("it still answers");
        (ready.status == 503).then_some(ready)
    })
    .await
    .assert_problem(503, "shutting_down");
    assert_eq!(healthcheck(&served.url).await, Some(1));
    let last = served.get("/v1/plans", "").await.expect("an answer");
    assert_eq!(
        (last.status.as_u16(), last.header("connection")),
        (200, Some("close"))
    );

    // Whoever insists does not wait for five minutes.
    ends_well(served.process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_finished() {
    let app = without_worker(&[("SHUTDOWN_DRAIN_SECONDS", "0")]).await;
    let person = app.visitor().await;
    let served = app.serve();
    is_ready(&served).await;
    let address = served.url.trim_start_matches("http://");
    let body = json!({ "name": "Finished" }).to_string();
    let head = format!(
        "POST /v1/me/projects HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Idempotency-Key: {}\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        person.token,
        Uuid::new_v4(),
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    // The answer to the head: the request is being worked on.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.expect("100 Continue");
    assert!(go_on.starts_with(b"HTTP/1.1 100"));
    let threads = threads(&served);
    process::signal(&served.process, "TERM");
    eventually("a process that accepts nothing more", || async {
        TcpStream::connect(address).await.is_err().then_some(())
    })
    .await;
    // Each has connections to the database that the request may need.
    assert_eq!(self::threads(&served), threads);
    stream.write_all(body.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("text");
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    ended(served.process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_does_not_end_in_time_is_given_back_at_once() {
    let mut app = without_worker(&[]).await;
    let before = work(&app);
    let team = app.organization().await;
    app.settled().await;
    ends_well(before).await;
    for (name, value) in [
        ("WORKER_LEASE_SECONDS", "3600"),
        ("WORKER_DRAIN_SECONDS", "1"),
    ] {
        app.variables.insert(name.into(), value.into());
    }
    app.plan_fault(&json!({ "method": "POST", "path": "/api/v2/organizations/{}/invitations", "kind": "hang" }))
        .await;
    let first = work(&app);
    let path = format!("/v1/orgs/{}/invitations", team.id);
    let body = json!({ "invitees": [{ "email": "bo@example.com", "roles": ["org_member"] }] });
    app.post(&path, &team.token, &body).await.assert_status(201);
    eventually("an invitation on its way", || async {
        (leases(&app).await > 0).then_some(())
    })
    .await;
    ends_well(first).await;
    assert_eq!(leases(&app).await, 0, "nothing waits for an hour");
    app.clear_faults().await;
    let _second = work(&app);
    app.settled().await;
}

async fn without_worker(variables: &[(&'static str, &str)]) -> TestApp {
    let variables = variables
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    TestApp::with(Options {
        with_worker: false,
        variables: variables.collect(),
        ..Options::default()
    })
    .await
}

fn work(app: &TestApp) -> Child {
    let mut variables = app.variables.clone();
    variables.insert("LOG".into(), "off".into());
    process::spawn(&["work"], &variables)
}

/// Asks it to end, as an orchestrator does.
async fn ends_well(process: Child) {
    process::signal(&process, "TERM");
    ended(process).await;
}

async fn ended(mut process: Child) {
    let ended = timeout(END, process.wait()).await.expect("it ends in time");
    assert_eq!(ended.expect("it is our child").code(), Some(0));
}

async fn is_ready(served: &Served) {
    eventually("a ready process", || async {
        let ready = served.get("/readyz", "").await?;
        (ready.status == 200).then_some(())
    })
    .await;
}

async fn takes_requests(proxy: &Proxy, served: &Served) {
    eventually("a server that the proxy sends requests to", || async {
        proxy.is_healthy(&served.url).then_some(())
    })
    .await;
}

async fn answers(proxy: &Proxy, served: &Served) {
    eventually("an answer of the new process", || async {
        (proxy.answered_by(&served.url) > 0).then_some(())
    })
    .await;
}

/// The exit code of the container's own check.
async fn healthcheck(url: &str) -> Option<i32> {
    let address = url.trim_start_matches("http://").to_owned();
    let variables = [("BIND_ADDRESS".to_owned(), address)].into();
    let checked = process::command(&["healthcheck"], &variables)
        .output()
        .await;
    checked.expect("the binary starts").status.code()
}

/// How many threads serve.
fn threads(served: &Served) -> usize {
    let id = served.process.id().expect("it runs");
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).expect("this is Linux");
    let names =
        threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("actix-rt|")).count()
}

/// How many jobs of tenants somebody holds.
async fn leases(app: &TestApp) -> i64 {
    sqlx::query_scalar(
        "select count(*) from ops.job where org_id is not null and lease_until is not null and done_at is null",
    )
    .fetch_one(&mut app.database.admin().await)
    .await
    .expect("a count")
}

/// People who read and write all the time.
struct Load {
    over: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    callers: JoinSet<Vec<String>>,
}

impl Load {
    async fn start(app: &TestApp, proxy: &Proxy) -> Self {
        let (over, sent) = (Arc::default(), Arc::default());
        let mut load = Self {
            over,
            sent,
            callers: JoinSet::new(),
        };
        for _ in 0..CALLERS {
            let token = app.visitor().await.token;
            let url = format!("{}/v1/me/projects", proxy.url);
            let (over, sent) = (Arc::clone(&load.over), Arc::clone(&load.sent));
            load.callers.spawn(call(url, token, over, sent));
        }
        load
    }

    /// How many requests were sent, and what those were answered that failed.
    async fn stop(self) -> (usize, Vec<String>) {
        self.over.store(true, Ordering::Relaxed);
        let failed = self.callers.join_all().await.concat();
        (self.sent.load(Ordering::Relaxed), failed)
    }
}

async fn call(
    url: String,
    token: String,
    over: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
) -> Vec<String> {
    let client = Client::builder().no_proxy().build();
    let client = client.expect("a client can be built");
    // Not more than a machine bears on which other tests run.
    let mut pace = interval(Duration::from_millis(20));
    let mut failed = Vec::new();
    while !over.load(Ordering::Relaxed) {
        pace.tick().await;
        let write = sent.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        let (method, expected) = if write {
            (Method::POST, 201)
        } else {
            (Method::GET, 200)
        };
        let mut request = client.request(method, &url).bearer_auth(&token);
        if write {
            let key = Uuid::new_v4().to_string();
            let body = json!({ "name": format!("Project {key}") });
            request = request.header("idempotency-key", key).json(&body);
        }
        match request.send().await {
            Ok(answer) if answer.status() == expected => {}
            Ok(answer) => {
                let status = answer.status();
                let body = answer.text().await.unwrap_or_default();
                failed.push(format!("{status}: {body}"));
            }
            Err(error) => failed.push(format!("{error:?}")),
        }
    }
    failed
}
