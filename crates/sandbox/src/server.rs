//! Starts and stops the sandbox.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, middleware, web};
use tokio::task::JoinHandle;

use crate::clock::SharedClock;
use crate::config::{EventStreamTarget, SandboxConfig, WebhookTarget};
use crate::hosts::Hosts;
use crate::state::State;
use crate::tenant::Tenant;
use crate::tls::Tls;
use crate::{
    actions, control, cors, disturbance, dns, event_stream, keys, log_stream, login, management,
    oauth, persistence, provider, scim, seed, smtp, stripe, tls,
};

/// The sandbox did not come up.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the sandbox cannot listen or keep its state")]
    Io(#[from] io::Error),
    #[error("the sandbox cannot make its keys")]
    Keys(#[from] rcgen::Error),
    #[error("the sandbox cannot serve TLS")]
    Tls(#[from] rustls::Error),
    #[error("the sandbox cannot load the Actions")]
    Actions(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the sandbox cannot deliver webhooks")]
    Webhooks(#[from] reqwest::Error),
}

pub struct Sandbox;

impl Sandbox {
    /// Listens on loopback as soon as this returns. Needs a Tokio runtime.
    ///
    /// # Errors
    /// A taken port, an unreadable data folder, or an Action that does not load.
    pub async fn start(config: SandboxConfig) -> Result<Running, StartError> {
        let folder = config
            .data_dir
            .as_deref()
            .map(persistence::folder)
            .transpose()?;
        let plain = listen(config.port)?;
        let tls = match config.tls_port {
            Some(port) => Some((listen(port)?, tls::prepare(folder.as_deref())?)),
            None => None,
        };
        let hosts = Hosts {
            http: format!("http://localhost:{}/", plain.port),
            https: tls
                .as_ref()
                .map(|(listeners, _)| format!("https://localhost:{}/", listeners.port)),
        };
        let mut tenant = tenant(folder.clone(), config.bare).await?;
        let clock = SharedClock::kept(folder.as_deref(), tenant.clock_offset_ms)?;
        let now = clock.now();
        seed::plant(&mut tenant, &config, &hosts, now);
        if config.event_stream.is_some() {
            tenant.event_stream.follow(config.event_stream.clone());
        }
        let actions =
            actions::Engine::load(&config).map_err(|error| StartError::Actions(Box::new(error)))?;
        actions::plant(&mut tenant, &actions, now);
        let resolver = dns::bind()?;
        let address = resolver.local_addr()?;
        let state = State::new(config, hosts, clock, tenant, actions, address);
        let (smtp, smtp_address) = smtp::listen()?;
        if let Some(folder) = &folder {
            persistence::save(folder, &state)?;
        }

        let authority_pem = tls.as_ref().map(|(_, tls)| tls.authority_pem.clone());
        let server = serve(&state, plain, tls)?;
        let handle = server.handle();
        tokio::spawn(server);
        let mut tasks = vec![
            stripe::start_delivery(state.clone())?,
            event_stream::start(state.clone())?,
            log_stream::start(state.clone())?,
            dns::start(resolver, state.clone())?,
            smtp::start(smtp, state.clone())?,
        ];
        if let Some(folder) = folder.clone() {
            tasks.push(tokio::spawn(persistence::follow(folder, state.clone())));
        }
        Ok(Running {
            state,
            handle,
            tasks,
            folder,
            authority_pem,
            smtp_address,
        })
    }
}

async fn tenant(folder: Option<PathBuf>, bare: bool) -> Result<Tenant, StartError> {
    tokio::task::spawn_blocking(move || {
        let kept = folder.as_deref().map(persistence::load).transpose()?;
        let mut tenant = kept.flatten().unwrap_or_else(|| Tenant {
            is_bare: bare,
            ..Tenant::default()
        });
        if tenant.signing_keys.is_empty() {
            tenant.signing_keys = keys::generate_first()?;
        }
        Ok(tenant)
    })
    .await
    .expect("loading neither panics nor is cancelled")
}

struct Listeners {
    port: u16,
    sockets: Vec<TcpListener>,
}

/// `localhost` is two addresses; the second is a courtesy to clients that try it first.
fn listen(port: u16) -> io::Result<Listeners> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let port = first.local_addr()?.port();
    let mut sockets = vec![first];
    sockets.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, port)));
    Ok(Listeners { port, sockets })
}

fn serve(
    state: &State,
    plain: Listeners,
    tls: Option<(Listeners, Tls)>,
) -> io::Result<actix_web::dev::Server> {
    let shared = web::Data::new(state.clone());
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(web::PayloadConfig::new(1024 * 1024))
            .app_data(web::FormConfig::default().limit(1024 * 1024))
            .wrap(middleware::from_fn(disturbance::disturb))
            .wrap(middleware::from_fn(cors::share))
            .configure(control::routes)
            .configure(login::routes)
            .configure(provider::routes)
            .configure(oauth::routes)
            .configure(actions::routes)
            .configure(management::routes)
            .configure(scim::routes)
            .configure(stripe::routes)
    })
    .workers(2)
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(1)
    .disable_signals();
    for socket in plain.sockets {
        server = server.listen(socket)?;
    }
    if let Some((listeners, tls)) = tls {
        for socket in listeners.sockets {
            server = server.listen_rustls_0_23(socket, tls.server.clone())?;
        }
    }
    Ok(server.run())
}

/// A sandbox that answers until it is stopped or dropped.
pub struct Running {
    state: State,
    handle: ServerHandle,
    tasks: Vec<JoinHandle<()>>,
    folder: Option<PathBuf>,
    authority_pem: Option<String>,
    smtp_address: SocketAddr,
}

impl Running {
    /// `http://localhost:PORT/`
    pub fn base_url(&self) -> &str {
        &self.state.hosts().http
    }

    /// `https://localhost:PORT/`
    pub fn tls_base_url(&self) -> Option<&str> {
        self.state.hosts().https.as_deref()
    }

    /// Of the mail server that files everything in the mailbox.
    pub fn smtp_url(&self) -> String {
        format!("smtp://{}", self.smtp_address)
    }

    /// Certificate of the authority behind the TLS listener, in PEM.
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }

    /// Of the name server that `/sandbox/dns` steers.
    pub fn dns_address(&self) -> SocketAddr {
        self.state.dns_address()
    }

    pub fn clock(&self) -> SharedClock {
        self.state.clock().clone()
    }

    /// Lets the console's client return to one more web application.
    pub fn allow_app_url(&self, url: &str) {
        self.state.write(|tenant| seed::allow_app_url(tenant, url));
    }

    /// Where the billing stand-in posts its events from now on.
    pub fn set_stripe_webhook(&self, target: Option<WebhookTarget>) {
        self.state.set_stripe_webhook(target);
        stripe::set_webhook(&self.state);
    }

    /// Where the tenant's events are posted from now on.
    pub fn set_event_stream(&self, target: Option<EventStreamTarget>) {
        self.state
            .write(|tenant| tenant.event_stream.follow(target));
    }

    /// The private key behind the current `kid`, for tests that sign odd claims validly.
    #[doc(hidden)]
    pub fn signing_key_pem(&self) -> (String, String) {
        self.state.read(|tenant| {
            let key = tenant.current_key();
            (key.kid.clone(), key.private_pem.clone())
        })
    }

    /// Stops answering and keeps the state, if it is kept at all.
    ///
    /// # Errors
    /// The state could not be written.
    pub async fn stop(self) -> io::Result<()> {
        self.handle.stop(false).await;
        self.end_tasks();
        let offset = self
            .state
            .clock()
            .offset()
            .load(std::sync::atomic::Ordering::SeqCst);
        self.state.write(|tenant| tenant.clock_offset_ms = offset);
        match &self.folder {
            Some(folder) => persistence::save(folder, &self.state),
            None => Ok(()),
        }
    }

    fn end_tasks(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end_tasks();
        // The command is sent by the call; the future only waits for the end.
        drop(self.handle.stop(false));
    }
}
