//! A proxy as it stands before every deployment: takes turns among the servers whose health check succeeds, keeps
//! connections to them, and turns to another one only when a server refuses the connection.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use reqwest::Client;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

const CHECK_EVERY: Duration = Duration::from_millis(50);

pub(super) struct Proxy {
    /// Without a slash at the end.
    pub(super) url: String,
    servers: Arc<Servers>,
    checks: JoinHandle<()>,
    handle: ServerHandle,
}

#[derive(Default)]
struct Servers(Mutex<State>);

#[derive(Default)]
struct State {
    slots: Vec<Slot>,
    turn: usize,
    /// How many requests each server has answered.
    answered: BTreeMap<String, usize>,
}

#[derive(Clone)]
struct Slot {
    url: String,
    healthy: bool,
}

impl Proxy {
    /// Before these servers, none of which is healthy until it was asked.
    pub(super) fn start(urls: &[&str]) -> Self {
        let servers = Arc::new(Servers::default());
        for url in urls {
            servers.with(|state| state.slots.push(Slot::new(url)));
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let shared = (
            web::Data::from(Arc::clone(&servers)),
            web::Data::new(client()),
        );
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.0.clone())
                .app_data(shared.1.clone())
                .default_service(web::to(forward))
        });
        let server = server.workers(2).disable_signals().listen(listener);
        let server = server.expect("it listens").run();
        let handle = server.handle();
        tokio::spawn(server);
        let checks = tokio::spawn(check(Arc::clone(&servers)));
        Self {
            url,
            servers,
            checks,
            handle,
        }
    }

    /// Puts another server into this place.
    pub(super) fn replace(&self, slot: usize, url: &str) {
        self.servers
            .with(|state| state.slots[slot] = Slot::new(url));
    }

    pub(super) fn is_healthy(&self, url: &str) -> bool {
        self.servers.with(|state| {
            state
                .slots
                .iter()
                .any(|slot| slot.url == url && slot.healthy)
        })
    }

    /// How many requests this server has answered.
    pub(super) fn answered_by(&self, url: &str) -> usize {
        self.servers
            .with(|state| state.answered.get(url).copied().unwrap_or_default())
    }

    pub(super) async fn stop(self) {
        self.checks.abort();
        self.handle.stop(false).await;
    }
}

impl Slot {
    fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            healthy: false,
        }
    }
}

impl Servers {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The healthy ones, beginning with the one whose turn it is.
    fn in_turn(&self) -> Vec<String> {
        self.with(|state| {
            let healthy = state.slots.iter().filter(|slot| slot.healthy);
            let mut urls: Vec<_> = healthy.map(|slot| slot.url.clone()).collect();
            state.turn = state.turn.wrapping_add(1);
            if !urls.is_empty() {
                let first = state.turn % urls.len();
                urls.rotate_left(first);
            }
            urls
        })
    }
}

/// Down at the first refusal, up at the first success; a check that takes long says nothing.
async fn check(servers: Arc<Servers>) {
    let client = Client::builder().no_proxy().pool_max_idle_per_host(0);
    let client = client.timeout(Duration::from_secs(5)).build();
    let client = client.expect("a client can be built");
    let mut tick = interval(CHECK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let urls: Vec<_> =
            servers.with(|state| state.slots.iter().map(|slot| slot.url.clone()).collect());
        let checks = urls.iter().map(|url| ask(&client, &servers, url));
        futures::future::join_all(checks).await;
    }
}

async fn ask(client: &Client, servers: &Servers, url: &str) {
    let healthy = match client.get(format!("{url}/readyz")).send().await {
        Ok(answer) => answer.status().is_success(),
        Err(error) if error.is_timeout() => return,
        Err(_) => false,
    };
    servers.with(|state| {
        let slots = state.slots.iter_mut().filter(|slot| slot.url == url);
        slots.for_each(|slot| slot.healthy = healthy);
    });
}

async fn forward(
    request: HttpRequest,
    body: web::Bytes,
    servers: web::Data<Servers>,
    client: web::Data<Client>,
) -> HttpResponse {
    for server in servers.in_turn() {
        let url = format!("{server}{}", request.uri());
        let method = request.method().as_str().parse().expect("a method");
        let mut call = client.request(method, url).body(body.clone());
        for name in ["authorization", "content-type", "idempotency-key"] {
            if let Some(value) = request.headers().get(name) {
                call = call.header(name, value.as_bytes());
            }
        }
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => continue,
            Err(error) => return HttpResponse::BadGateway().body(format!("{server}: {error:?}")),
        };
        let status = StatusCode::from_u16(answer.status().as_u16()).expect("a status");
        let Ok(body) = answer.bytes().await else {
            return HttpResponse::BadGateway().body(format!("{server}: half an answer"));
        };
        servers.with(|state| *state.answered.entry(server).or_default() += 1);
        return HttpResponse::build(status).body(body);
    }
    HttpResponse::ServiceUnavailable().body("no server is up")
}

/// Keeps connections, as nginx with `keepalive` and HAProxy do.
fn client() -> Client {
    let client = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60));
    client.build().expect("a client can be built")
}
