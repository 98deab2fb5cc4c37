//! One whole product on free ports.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use api::auth0_setup::scopes;
use api::clock::Clock;
use api::config::Config;
use api::server::{Server, ServerOptions};
use reqwest::{Method, RequestBuilder};
use sandbox::{
    EventStreamTarget, Limits, MachineClient, Running, Sandbox, SandboxConfig, WebhookTarget,
};
use serde_json::Value;
use store::DatabaseRole;
use store::testing::TestDatabase;
use tokio::process::Child;

use crate::{Answer, contract, process};

pub const WEBHOOK_SECRET: &str = "whsec_test";
pub const EVENTS_TOKEN: &str = "token-of-the-event-stream";
/// What the product's processes are at Auth0.
pub const WORKER: &str = "worker";
pub const PROVISIONING: &str = "provisioning";

pub struct TestApp {
    /// Without a slash at the end.
    pub url: String,
    pub sandbox: Running,
    pub database: TestDatabase,
    pub variables: BTreeMap<String, String>,
    /// None while it is away.
    server: Option<Server>,
    http: reqwest::Client,
}

/// How a test wants its product; the default is everything, with no rate limits in the sandbox.
pub struct Options {
    pub with_worker: bool,
    pub limits: Limits,
    /// Auth0 tells the product what happens.
    pub events: bool,
    /// Variables on top of the usual ones.
    pub variables: Vec<(&'static str, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            with_worker: true,
            limits: Limits::Off,
            events: false,
            variables: Vec::new(),
        }
    }
}

impl TestApp {
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let url = format!("http://localhost:{port}");
        let (database, sandbox) =
            tokio::join!(TestDatabase::create(), start_sandbox(&url, options.limits));
        sandbox.set_event_stream(options.events.then(|| EventStreamTarget {
            url: format!("{url}/webhooks/auth0/events"),
            token: EVENTS_TOKEN.into(),
        }));
        let mut variables = variables(&url, &database, &sandbox);
        variables.extend(
            options
                .variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        let server = serve(&variables, &sandbox, listener, options.with_worker).await;
        let app = Self {
            url,
            sandbox,
            database,
            variables,
            server: Some(server),
            http: http_client(),
        };
        app.is_ready().await;
        app
    }

    /// The same again with other variables, for those that name what the product made before.
    pub async fn restart_with(mut self, variables: &[(&str, &str)]) -> Self {
        for (name, value) in variables {
            self.variables.insert((*name).into(), (*value).into());
        }
        self.away(async |_| ()).await
    }

    /// The same again, after something has happened while neither API nor worker were there.
    pub async fn away(mut self, meanwhile: impl AsyncFnOnce(&Self)) -> Self {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        meanwhile(&self).await;
        let address = self.url.trim_start_matches("http://");
        let listener = TcpListener::bind(address).expect("the port is free again");
        self.server = Some(serve(&self.variables, &self.sandbox, listener, true).await);
        self.is_ready().await;
        self
    }

    /// The same product as the real binary, at the same address; whatever it logs goes to this file.
    pub async fn as_process(mut self, log: &Path) -> (Self, Child) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        let mut variables = self.variables.clone();
        let address = self.url.trim_start_matches("http://");
        variables.insert(
            "BIND_ADDRESS".into(),
            address.replace("localhost", "127.0.0.1"),
        );
        variables.insert("LOG".into(), "debug".into());
        let log = File::create(log).expect("a file for the log");
        let mut command = process::command(&["serve", "--with-worker"], &variables);
        let child = command.stderr(log).spawn().expect("the binary starts");
        self.is_ready().await;
        (self, child)
    }

    async fn is_ready(&self) {
        crate::eventually("a ready product", || async {
            let ready = self.http.get(format!("{}/readyz", self.url)).send().await;
            ready.ok()?.status().is_success().then_some(())
        })
        .await;
    }

    pub fn request(&self, method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(self.request(Method::GET, path, token)).await
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path, Some(token)).json(body))
            .await
    }

    pub async fn put(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path, Some(token)).json(body))
            .await
    }

    /// Of the API, this takes only answers that its document knows.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let (client, request) = request.build_split();
        let request = request.expect("a request that can be sent");
        let (method, url) = (request.method().clone(), request.url().clone());
        let answer = Answer::read(client.execute(request).await.expect("an answer")).await;
        if url.as_str().starts_with(&self.url) {
            contract::assert_documented(&method, url.path(), &answer);
        }
        answer
    }

    /// A call of the sandbox's own controls or of its Management API; `path` has no slash at its beginning.
    pub fn sandbox_request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.sandbox.base_url()))
    }

    pub async fn sandbox_get(&self, path: &str) -> Value {
        let answer = self.send(self.sandbox_request(Method::GET, path)).await;
        answer.assert_status(200).json()
    }

    pub async fn stop(self) {
        if let Some(server) = self.server {
            server.stop().await;
        }
        self.sandbox.stop().await.expect("its state is kept");
    }
}

async fn serve(
    variables: &BTreeMap<String, String>,
    sandbox: &Running,
    listener: TcpListener,
    with_worker: bool,
) -> Server {
    let started = Server::start(ServerOptions {
        config: Config::from_env(&|name| variables.get(name).cloned())
            .expect("the test's configuration is right"),
        clock: Clock::Offset(sandbox.clock().offset()),
        listener,
        with_worker,
    });
    started.await.expect("the product starts")
}

async fn start_sandbox(url: &str, limits: Limits) -> Running {
    let config = SandboxConfig {
        app_urls: vec![url.to_owned()],
        login_uri: Some(format!("{url}/invitation")),
        limits,
        stripe_webhook: Some(WebhookTarget {
            url: format!("{url}/webhooks/stripe"),
            secret: WEBHOOK_SECRET.into(),
        }),
        machines: vec![
            machine(WORKER, &scopes::worker()),
            machine(PROVISIONING, scopes::PROVISIONING),
        ],
        ..SandboxConfig::default()
    };
    Sandbox::start(config).await.expect("the sandbox starts")
}

/// With no more than `tenantry tenant apply` grants it.
fn machine(client_id: &str, scopes: &[&str]) -> MachineClient {
    MachineClient {
        client_id: client_id.to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
    }
}

fn variables(url: &str, database: &TestDatabase, sandbox: &Running) -> BTreeMap<String, String> {
    let identity = sandbox.base_url();
    let set = [
        ("ENVIRONMENT", "test".to_owned()),
        ("PUBLIC_URL", format!("{url}/")),
        ("APP_LOGIN_URL", format!("{url}/")),
        ("CORS_ALLOWED_ORIGINS", "http://localhost:3000".to_owned()),
        (
            "DATABASE_URL",
            database.url(DatabaseRole::Api).expose().to_owned(),
        ),
        (
            "DATABASE_WORKER_URL",
            database.url(DatabaseRole::Worker).expose().to_owned(),
        ),
        (
            "DATABASE_INBOX_URL",
            database.url(DatabaseRole::Inbox).expose().to_owned(),
        ),
        (
            "DATABASE_PLATFORM_URL",
            database.url(DatabaseRole::Platform).expose().to_owned(),
        ),
        ("AUTH0_DOMAIN", identity.to_owned()),
        ("AUTH0_MANAGEMENT_CLIENT_ID", WORKER.to_owned()),
        ("AUTH0_MANAGEMENT_CLIENT_SECRET", format!("{WORKER}-secret")),
        ("AUTH0_SCIM_CLIENT_ID", PROVISIONING.to_owned()),
        ("AUTH0_SCIM_CLIENT_SECRET", format!("{PROVISIONING}-secret")),
        (
            "AUTH0_ORGANIZATION_CONNECTIONS",
            "Username-Password-Authentication".to_owned(),
        ),
        ("AUTH0_EVENTS_TOKENS", EVENTS_TOKEN.to_owned()),
        ("DNS_SERVERS", sandbox.dns_address().to_string()),
        ("STRIPE_API_URL", format!("{identity}stripe/")),
        ("STRIPE_SECRET_KEY", "sk_test_tenantry".to_owned()),
        ("STRIPE_WEBHOOK_SECRETS", WEBHOOK_SECRET.to_owned()),
        (
            "CURSOR_KEY",
            "a key for the cursors of this test only".to_owned(),
        ),
        (
            "IDENTITY_PROVIDER_ORIGINS",
            identity.trim_end_matches('/').to_owned(),
        ),
        (
            "SECRETS_KEY",
            "a key for the secrets of this test only".to_owned(),
        ),
        ("SMTP_URL", sandbox.smtp_url()),
        (
            "MAIL_FROM",
            "Tenantry <no-reply@tenantry.example>".to_owned(),
        ),
        ("WORKER_LEASE_SECONDS", "2".to_owned()),
        ("WORKER_POLL_MILLISECONDS", "20".to_owned()),
        // A second comparison would come in the middle of a test on a slow machine; tests of it ask for more.
        ("WORKER_RECONCILE_SECONDS", "86400".to_owned()),
    ];
    set.into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn http_client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .no_proxy()
        .build()
        .expect("a client can be built")
}
