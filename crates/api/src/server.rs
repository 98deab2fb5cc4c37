//! Puts a running process together from its configuration: the API, the worker, or both.

use std::net::{Shutdown, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use socket2::SockRef;
use store::{DatabaseRole, DatabaseUrl, Store, StoreConfig, StoreError};
use tokio::task::JoinHandle;

use crate::app::{self, AppState};
use crate::auth::{Recent, TokenVerifier, VerifierConfig, jwks::Jwks, repair, seen};
use crate::billing;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Database, ManagementCredentials};
use crate::dns::Dns;
use crate::jobs::Worker;
use crate::leaving::Leaving;
use crate::mail::{MailError, Mailer};
use crate::workflows::{Context, directory::Directory};

/// Webhooks have connections of their own, so that a busy API never turns one away.
const INBOX_CONNECTIONS: u32 = 4;

/// The back office looks up and is in no hurry.
const PLATFORM_CONNECTIONS: u32 = 2;

/// How long requests under way may take to end after a stop.
const UNDER_WAY: Duration = Duration::from_secs(20);

pub struct ServerOptions {
    pub config: Config,
    pub clock: Clock,
    pub listener: TcpListener,
    /// Runs the jobs in this process too.
    pub with_worker: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{variable}: the database cannot be used")]
    Store {
        /// Of its connection string.
        variable: &'static str,
        #[source]
        source: StoreError,
    },
    #[error("Auth0's Management API cannot be used")]
    Management(#[from] management::ConfigError),
    #[error("the payment provider cannot be used")]
    Billing(#[from] billing::Error),
    #[error("the name servers of this machine cannot be read; DNS_SERVERS can name others")]
    Dns(#[from] hickory_resolver::net::NetError),
    #[error("the mail server cannot be used")]
    Mail(#[from] MailError),
    #[error("the signing keys cannot be fetched")]
    Keys(#[from] reqwest::Error),
    #[error("the listener cannot be used")]
    Listener(#[from] std::io::Error),
}

/// A running API, perhaps with a worker.
pub struct Server {
    address: SocketAddr,
    leaving: Leaving,
    listener: TcpListener,
    handle: ServerHandle,
    task: JoinHandle<std::io::Result<()>>,
    worker: Option<Worker>,
}

impl Server {
    /// # Errors
    /// See [`StartError`]; nothing is left running.
    pub async fn start(options: ServerOptions) -> Result<Self, StartError> {
        let config = Arc::new(options.config);
        let state = app_state(Arc::clone(&config), options.clock.clone()).await?;
        let worker = match options.with_worker {
            true => Some(start_worker(config, options.clock).await?),
            false => None,
        };
        let address = options.listener.local_addr()?;
        let listener = options.listener.try_clone()?;
        let leaving = Leaving::default();
        let server = app::serve(state, leaving.clone(), options.listener)?;
        let handle = server.handle();
        Ok(Self {
            address,
            leaving,
            listener,
            handle,
            task: tokio::spawn(server),
            worker,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves on, is not ready any more and closes each connection after the answer, for as long as proxies may take
    /// to notice.
    pub async fn leave(&self, drain: Duration) {
        self.leaving.begin();
        tracing::info!(seconds = drain.as_secs(), "not ready any more, serving on");
        tokio::time::sleep(drain).await;
    }

    /// Accepts nothing more and lets requests under way end, at most 25 seconds, and jobs, see [`Worker::stop`].
    pub async fn stop(self) {
        let serving = async {
            refuse(&self.handle, &self.listener).await;
            // At the stop itself a worker without a request ends before the others, and with it the connections to the
            // database that it has opened and they use.
            if !self.leaving.all_ended(UNDER_WAY).await {
                tracing::warn!("requests are broken off that did not end in time");
            }
            self.handle.stop(true).await;
        };
        let working = async {
            if let Some(worker) = self.worker {
                worker.stop().await;
            }
        };
        tokio::join!(serving, working);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the server ended badly");
        }
    }
}

/// Connections are refused from now on. A server that is only paused would leave them waiting.
async fn refuse(handle: &ServerHandle, listener: &TcpListener) {
    handle.pause().await;
    if let Err(error) = SockRef::from(listener).shutdown(Shutdown::Both) {
        tracing::debug!(%error, "connections wait for the end instead of being refused");
    }
}

/// # Errors
/// See [`StartError`].
pub async fn start_worker(config: Arc<Config>, clock: Clock) -> Result<Worker, StartError> {
    let settings = config.worker.clone();
    Ok(Worker::start(
        worker_context(config, clock).await?,
        settings,
    ))
}

/// The worker's own database role, for an operator's command.
///
/// # Errors
/// See [`StartError`].
pub async fn worker_store(config: &Config) -> Result<Store, StartError> {
    connect(config, config.database.worker()?, DatabaseRole::Worker).await
}

/// What the workflows need, on the worker's own database role.
///
/// # Errors
/// See [`StartError`].
pub async fn worker_context(config: Arc<Config>, clock: Clock) -> Result<Context, StartError> {
    let auth0 = auth0_client(&config, config.auth0.management()?)?;
    Ok(Context {
        store: connect(&config, config.database.worker()?, DatabaseRole::Worker).await?,
        auth0,
        billing: billing_client(&config)?,
        dns: Dns::new(&config.dns.servers)?,
        mailer: mailer(&config)?,
        directory: Arc::new(Directory::default()),
        config,
        clock,
    })
}

async fn app_state(config: Arc<Config>, clock: Clock) -> Result<AppState, StartError> {
    // What is not set is told before anything is waited for.
    let (api, inbox) = (config.database.api()?, config.database.inbox()?);
    if config.auth0.event_tokens.is_empty() && !config.auth0.pull_events {
        tracing::warn!(
            "AUTH0_EVENTS_TOKENS is not set and AUTH0_EVENTS_PULL is not true: what happens at Auth0 is seen late"
        );
    }
    let verifier = VerifierConfig {
        issuers: config.auth0.issuers.clone(),
        audience: config.auth0.audience.clone(),
        profile: config.auth0.token_profile,
        claims_namespace: config.claims_namespace.clone(),
    };
    Ok(AppState {
        store: connect(&config, api, DatabaseRole::Api).await?,
        inbox: connect(&config, inbox, DatabaseRole::Inbox).await?,
        platform: match &config.database.platform {
            None => None,
            Some(url) => Some(connect(&config, url, DatabaseRole::Platform).await?),
        },
        verifier: TokenVerifier::new(verifier, Jwks::start(&config.auth0.domain)?),
        billing: billing_client(&config)?,
        auth0: match &config.auth0.provisioning {
            None => None,
            Some(credentials) => Some(auth0_client(&config, credentials)?),
        },
        repairs: Arc::new(Recent::within(repair::PAUSE)),
        seen: Arc::new(Recent::within(seen::PAUSE)),
        looks: Arc::default(),
        config,
        clock,
    })
}

fn auth0_client(
    config: &Config,
    credentials: &ManagementCredentials,
) -> Result<management::Client, management::ConfigError> {
    management::Client::new(&management::Config::new(
        config.auth0.domain.clone(),
        credentials.client_id.clone(),
        credentials.client_secret.clone(),
    ))
}

fn mailer(config: &Config) -> Result<Option<Mailer>, StartError> {
    let Some(mail) = &config.mail else {
        tracing::warn!("SMTP_URL is not set: nobody is reminded by mail");
        return Ok(None);
    };
    Ok(Some(Mailer::new(mail)?))
}

fn billing_client(config: &Config) -> Result<billing::Client, billing::Error> {
    billing::Client::new(
        config.stripe.api_url.clone(),
        config.stripe.secret_key.clone(),
    )
}

async fn connect(
    config: &Config,
    url: &DatabaseUrl,
    role: DatabaseRole,
) -> Result<Store, StartError> {
    let max_connections = match role {
        DatabaseRole::Inbox => INBOX_CONNECTIONS,
        DatabaseRole::Platform => PLATFORM_CONNECTIONS,
        DatabaseRole::Api | DatabaseRole::Worker => config.database.max_connections,
    };
    Store::connect(&StoreConfig {
        url: url.clone(),
        role,
        max_connections,
        poolers: config.database.pooler,
    })
    .await
    .map_err(|source| StartError::Store {
        variable: Database::variable(role),
        source,
    })
}
