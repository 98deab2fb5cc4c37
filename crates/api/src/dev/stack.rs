//! Everything that `dev` runs, started in the order in which the parts need each other and stopped in reverse.

use std::net::TcpListener;
use std::path::PathBuf;

use sandbox::{EventStreamTarget, Running, Sandbox, SandboxConfig, WebhookTarget};
use store::RolePasswords;

use super::data::{DataDirectory, Secrets};
use super::ports;
use super::postgres::Postgres;
use super::variables::Variables;
use super::{DevArgs, DevError};
use crate::clock::Clock;
use crate::config::Config;
use crate::server::{Server, ServerOptions};

pub(super) struct Stack {
    server: Server,
    sandbox: Running,
    postgres: Postgres,
    data: DataDirectory,
    api_url: String,
}

impl Stack {
    pub(super) async fn start(args: &DevArgs) -> Result<Self, DevError> {
        let listener = ports::listen(args.port, "--port")?;
        let mut args = args.clone();
        args.port = listener
            .local_addr()
            .map_err(|source| DevError::Port {
                port: args.port,
                source,
            })?
            .port();
        ports::is_free(args.sandbox_port, "--sandbox-port")?;
        ports::is_free(args.sandbox_tls_port, "--sandbox-tls-port")?;
        let data = DataDirectory::open(&args.data, args.fresh)?;
        let secrets = data.secrets()?;
        // Each takes a good part of a second, and neither needs the other.
        let (postgres, sandbox) = tokio::try_join!(
            Postgres::start(&args, &data),
            start_sandbox(&args, &data, &secrets)
        )?;
        let config = prepare(&args, &secrets, &postgres, &sandbox).await?;
        let server = start_service(config, &sandbox, listener).await?;
        Ok(Self {
            server,
            sandbox,
            postgres,
            data,
            api_url: format!("http://localhost:{}/", args.port),
        })
    }

    pub(super) fn api_url(&self) -> &str {
        &self.api_url
    }

    pub(super) fn sandbox_url(&self) -> &str {
        self.sandbox.base_url()
    }

    pub(super) fn sandbox_tls_url(&self) -> Option<&str> {
        self.sandbox.tls_base_url()
    }

    pub(super) fn postgres(&self) -> String {
        self.postgres.describe()
    }

    pub(super) fn certificate_authority(&self) -> PathBuf {
        self.data.join("sandbox/ca.pem")
    }

    pub(super) async fn stop(self) {
        self.server.stop().await;
        if let Err(error) = self.sandbox.stop().await {
            tracing::warn!(%error, "the sandbox could not keep its state");
        }
        self.postgres.stop().await;
    }
}

async fn start_sandbox(
    args: &DevArgs,
    data: &DataDirectory,
    secrets: &Secrets,
) -> Result<Running, DevError> {
    let api_url = format!("http://localhost:{}", args.port);
    let login_uri = format!("{api_url}/invitation");
    let mut app_urls = vec![api_url.clone()];
    app_urls.extend(args.app_url.iter().cloned());
    let config = SandboxConfig {
        port: args.sandbox_port,
        tls_port: Some(args.sandbox_tls_port),
        data_dir: Some(data.join("")),
        app_urls,
        login_uri: Some(login_uri),
        limits: args.limits.into(),
        strict: args.strict,
        actions_dir: args.actions.clone(),
        stripe_webhook: Some(WebhookTarget {
            url: format!("{api_url}/webhooks/stripe"),
            secret: secrets.stripe_webhook_secret.clone(),
        }),
        event_stream: Some(EventStreamTarget {
            url: format!("{api_url}/webhooks/auth0/events"),
            token: secrets.event_stream_token.clone(),
        }),
        ..SandboxConfig::default()
    };
    Ok(Sandbox::start(config).await?)
}

async fn prepare(
    args: &DevArgs,
    secrets: &Secrets,
    postgres: &Postgres,
    sandbox: &Running,
) -> Result<Config, DevError> {
    let passwords = RolePasswords {
        migrator: secrets.migrator_password.clone(),
        api: secrets.api_password.clone(),
        worker: secrets.worker_password.clone(),
        inbox: secrets.inbox_password.clone(),
        platform: Some(secrets.platform_password.clone()),
    };
    let admin_url = store::ensure_database(&postgres.admin_url(), &secrets.database).await?;
    store::migrate(&admin_url, &passwords).await?;
    let issuers: Vec<String> = [Some(sandbox.base_url()), sandbox.tls_base_url()]
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .collect();
    Ok(Variables::new(args, secrets, &issuers)
        .with_name_server(sandbox.dns_address())
        .with_mail(sandbox.smtp_url())
        .with_database(&admin_url, &passwords)?
        .config()?)
}

async fn start_service(
    config: Config,
    sandbox: &Running,
    listener: TcpListener,
) -> Result<Server, DevError> {
    let clock = Clock::Offset(sandbox.clock().offset());
    Ok(Server::start(ServerOptions {
        config,
        clock,
        listener,
        with_worker: true,
    })
    .await?)
}
