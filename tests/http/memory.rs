//! What strangers send costs memory by what we read of it, not by what they say or unpack. On processes of their own, whose
//! peak the kernel keeps.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tests::process::{self, Memory};
use tests::{Options, TestApp, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

/// S02 and C08 of our list of threats: 16 MiB over what the process has when it rests.
const MOST: u64 = 16 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_attacks_the_parser_costs_neither_memory_nor_a_call() {
    let publisher = Publisher::start().await;
    let app = TestApp::with(Options {
        variables: vec![("IDENTITY_PROVIDER_ORIGINS", publisher.origin.clone())],
        ..Options::default()
    })
    .await;
    let acme = app.organization().await;
    let served = app.serve();
    let path = format!("/v1/orgs/{}/identity-providers", acme.id);
    eventually("a ready API", || async {
        let listed = served.get(&path, &acme.token).await?;
        (listed.status == 200).then_some(())
    })
    .await;
    let send = async |document: &str| {
        let body = json!({
            "name": "saml", "strategy": "samlp",
            "options": { "metadataUrl": format!("{}/{document}", publisher.origin), "signSAMLRequest": true },
        });
        served.post(&path, &acme.token, &body).await
    };
    send("nothing").await.assert_problem(422, "invalid_request");
    let memory = Memory::watch(&served.process);
    for (document, code) in [
        ("external-entity", "invalid_document"),
        ("external-parameter", "invalid_document"),
        ("billion-laughs", "invalid_document"),
        ("deep", "invalid_document"),
        ("wide", "invalid_document"),
        ("long-attribute", "invalid_document"),
        ("ten-mebibytes", "too_large"),
        ("without-an-end", "too_large"),
    ] {
        let refused = send(document).await;
        refused.assert_problem(422, "invalid_request");
        let error = &refused.assert_field("options.metadataUrl").json()["errors"][0];
        assert_eq!(error["code"], code, "{document}");
    }
    let grown = memory.grown();
    assert!(grown < MOST, "{grown} bytes more at its peak");
    assert_eq!(
        publisher.baits.load(SeqCst),
        0,
        "nothing was called for what a document names"
    );
    let listed = app.get(&path, Some(&acme.token)).await.json();
    assert_eq!(listed["items"], json!([]));
}

/// Publishes documents that no identity provider should.
struct Publisher {
    origin: String,
    /// How often something was asked for that only a document names.
    baits: Arc<AtomicUsize>,
}

impl Publisher {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
        let baits = Arc::new(AtomicUsize::new(0));
        let (within, counter) = (origin.clone(), Arc::clone(&baits));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (origin, baits) = (within.clone(), Arc::clone(&counter));
                tokio::spawn(async move { publish(stream, &origin, &baits).await });
            }
        });
        Self { origin, baits }
    }
}

/// None of its writes needs to arrive: the reader leaves as soon as it has seen enough.
async fn publish(mut stream: TcpStream, origin: &str, baits: &AtomicUsize) -> Option<()> {
    let mut request = vec![0; 4096];
    let read = stream.read(&mut request).await.ok()?;
    let request = String::from_utf8_lossy(&request[..read]).into_owned();
    let name = request.split(['/', ' ']).nth(2)?;
    let xml = match name {
        "external-entity" => {
            format!("<!DOCTYPE m [<!ENTITY e SYSTEM \"{origin}/bait\">]><m>&e;</m>")
        }
        "external-parameter" => {
            format!("<!DOCTYPE m [<!ENTITY % p SYSTEM \"{origin}/bait\"> %p;]><m/>")
        }
        "billion-laughs" => laughs(),
        "deep" => "<m>".repeat(80_000),
        "wide" => format!("<m>{}</m>", "<a b='c'/>".repeat(20_000)),
        "long-attribute" => format!("<m a='{}'/>", "&amp;".repeat(40_000)),
        "ten-mebibytes" => "x".repeat(10 << 20),
        "without-an-end" => return endless(stream).await,
        _ => {
            baits.fetch_add(usize::from(name != "nothing"), SeqCst);
            let none = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            return stream.write_all(none.as_bytes()).await.ok();
        }
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        xml.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(xml.as_bytes()).await.ok()
}

/// Ten entities, each ten of the one before.
fn laughs() -> String {
    let entities: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    format!("<!DOCTYPE m [<!ENTITY l0 \"lol\">{entities}]><m>&l9;</m>")
}

/// Says no length, and goes on for as long as anybody reads.
async fn endless(mut stream: TcpStream) -> Option<()> {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.ok()?;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    loop {
        stream.write_all(chunk.as_bytes()).await.ok()?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scim_requests_of_any_size_cost_a_sandbox_little_memory() {
    let directory = SandboxDirectory::start().await;
    let ada = json!({ "userName": "ada@acme.example", "externalId": "ada", "active": true });
    let ada = directory.send(Method::POST, "Users", &ada).await;
    let ada = ada.1["id"].as_str().expect("an id").to_owned();
    let group = json!({ "displayName": "Engineering", "members": [{ "value": ada }] });
    let group = directory.send(Method::POST, "Groups", &group).await;
    let group = format!("Groups/{}", group.1["id"].as_str().expect("an id"));
    let strangers = |count: usize| -> Vec<Value> {
        let ids = (0..count).map(|number| json!({ "value": format!("okta|acme|x{number}") }));
        ids.collect()
    };
    let add = |members: Vec<Value>| json!({ "Operations": [{ "op": "add", "path": "members", "value": members }] });
    let put = |members: Vec<Value>| json!({ "displayName": "Engineering", "members": members });
    let memory = Memory::watch(&directory.process);
    for (method, path, body, status) in [
        (Method::PATCH, &*group, add(strangers(1_001)), 400),
        (
            Method::PATCH,
            &group,
            add(vec![json!({ "value": ada }); 1_000]),
            200,
        ),
        (Method::PUT, &group, put(strangers(10_001)), 400),
        (
            Method::PUT,
            &group,
            put(vec![json!({ "value": ada }); 10_000]),
            200,
        ),
        (Method::PUT, &group, put(strangers(200_000)), 413),
        (Method::GET, "Users?count=1000000000", Value::Null, 200),
        (
            Method::GET,
            "Users?startIndex=-1000000000",
            Value::Null,
            200,
        ),
        (
            Method::GET,
            "Groups?count=1000000000&startIndex=0",
            Value::Null,
            200,
        ),
        (
            Method::GET,
            "Users?filter=userName%20eq%20%22x%22%20or%201%20eq%201",
            Value::Null,
            400,
        ),
        (
            Method::GET,
            &format!("Users?filter={}", "(".repeat(30_000)),
            Value::Null,
            400,
        ),
        (
            Method::GET,
            &format!("Users?filter={}", "not%20".repeat(10_000)),
            Value::Null,
            400,
        ),
    ] {
        let (answered, told) = directory.send(method.clone(), path, &body).await;
        let path = &path[..path.len().min(80)];
        assert_eq!(answered, status, "{method} {path}: {told}");
    }
    let grown = memory.grown();
    assert!(grown < MOST, "{grown} bytes more at its peak");
}

/// A `tenantry sandbox` with a connection that an identity provider keeps.
struct SandboxDirectory {
    process: tokio::process::Child,
    http: Client,
    scim: String,
    token: String,
    folder: std::path::PathBuf,
}

impl SandboxDirectory {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("tenantry-memory-{}", Uuid::new_v4()));
        let data = folder.to_str().expect("a text");
        let arguments = ["sandbox", "--port", "0", "--tls-port", "0", "--data", data];
        let mut command = process::command(&arguments, &BTreeMap::new());
        let process = command.stdout(Stdio::null()).spawn();
        let base = eventually("a sandbox", async || {
            let told = fs::read_to_string(folder.join("sandbox/product.env")).ok()?;
            let base = told
                .lines()
                .find_map(|line| line.strip_prefix("AUTH0_DOMAIN="));
            base.map(str::to_owned)
        });
        let base = base.await;
        let http = Client::builder().no_proxy().build().expect("a client");
        let mut directory = Self {
            process: process.expect("the binary starts"),
            http,
            scim: String::new(),
            token: String::new(),
            folder,
        };
        let credentials = json!({
            "grant_type": "client_credentials", "audience": format!("{base}api/v2/"),
            "client_id": "tenantry-management", "client_secret": "tenantry-management-secret",
        });
        let token = directory
            .http
            .post(format!("{base}oauth/token"))
            .json(&credentials);
        directory.token = text(&answer(token).await.1, "access_token");
        let connection = json!({
            "name": "acme", "strategy": "okta",
            "options": { "domain": "acme.okta.com", "client_id": "0oa1", "client_secret": "a-secret-of-sixteen" },
        });
        let post = async |path: &str, body: &Value| {
            let request = directory.http.post(format!("{base}api/v2/{path}"));
            answer(request.bearer_auth(&directory.token).json(body))
                .await
                .1
        };
        let connection = text(&post("connections", &connection).await, "id");
        let configuration = format!("connections/{connection}/scim-configuration");
        post(&configuration, &json!({})).await;
        let made = post(&format!("{configuration}/tokens"), &json!({})).await;
        directory.token = text(&made, "token");
        directory.scim = format!("{base}scim/v2/connections/{connection}");
        directory
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let path = path.replace('|', "%7C");
        let request = self.http.request(method, format!("{}/{path}", self.scim));
        answer(request.bearer_auth(&self.token).json(body)).await
    }
}

impl Drop for SandboxDirectory {
    fn drop(&mut self) {
        // Best effort: it lies in the system's temporary directory.
        fs::remove_dir_all(&self.folder).ok();
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

fn text(answer: &Value, name: &str) -> String {
    let text = answer[name].as_str();
    text.unwrap_or_else(|| panic!("no {name} in {answer}"))
        .to_owned()
}
