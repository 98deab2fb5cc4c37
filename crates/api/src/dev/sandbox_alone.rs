//! `tenantry sandbox`: what stands in for Auth0 and Stripe, for a product that runs as it does in production.
//!
//! Its tenant is one as somebody gets it who signs up with Auth0: `tenantry tenant apply` sets it up. Where everything
//! is, and by which keys it is reached, stands in a file of variables.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use sandbox::{Running, Sandbox, SandboxConfig};
use tokio::signal::unix::{SignalKind, signal};

use super::data::DataDirectory;
use super::variables::STRIPE_SECRET_KEY;
use super::{DevError, SandboxArgs, ports};
use crate::config::{Log, LogFormat};
use crate::telemetry;

/// In the data directory.
const VARIABLES: &str = "sandbox/product.env";
const CLOCK: &str = "sandbox/clock";

/// Starts it, says where it is, and runs until Ctrl-C or SIGTERM.
///
/// # Errors
/// A taken port, or a data directory that cannot be used.
pub async fn run(args: SandboxArgs, output: &mut impl Write) -> Result<(), DevError> {
    telemetry::init(&Log {
        filter: args.log.clone(),
        format: LogFormat::Text,
    });
    let mut terminate = signal(SignalKind::terminate()).map_err(DevError::Signals)?;
    ports::is_free(args.port, "--port")?;
    ports::is_free(args.tls_port, "--tls-port")?;
    let data = DataDirectory::open(&args.data, args.fresh)?;
    let sandbox = Sandbox::start(SandboxConfig {
        port: args.port,
        tls_port: Some(args.tls_port),
        data_dir: Some(data.join("")),
        bare: true,
        limits: args.limits.into(),
        strict: args.strict,
        ..SandboxConfig::default()
    })
    .await?;
    let (variables, clock) = (data.join(VARIABLES), data.join(CLOCK));
    write_whole(variables.clone(), &lines(&sandbox))?;
    writeln!(
        output,
        "The sandbox runs at {} in place of Auth0 and Stripe. Ctrl-C stops it.\n\n  \
         Variables of a product beside it   {}\n  \
         Its clock, for serve and work      --clock {}",
        sandbox.base_url(),
        variables.display(),
        clock.display()
    )?;
    output.flush()?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(DevError::Signals)?,
        _ = terminate.recv() => {}
    }
    Ok(sandbox.stop().await?)
}

fn lines(sandbox: &Running) -> String {
    let identity = sandbox.base_url();
    let set = [
        ("AUTH0_DOMAIN", identity.to_owned()),
        ("AUTH0_SETUP_CLIENT_ID", "tenantry-management".to_owned()),
        (
            "AUTH0_SETUP_CLIENT_SECRET",
            "tenantry-management-secret".to_owned(),
        ),
        ("STRIPE_API_URL", format!("{identity}stripe/")),
        ("STRIPE_SECRET_KEY", STRIPE_SECRET_KEY.to_owned()),
        ("SMTP_URL", sandbox.smtp_url()),
        ("MAIL_FROM", "no-reply@tenantry.example".to_owned()),
        ("DNS_SERVERS", sandbox.dns_address().to_string()),
        (
            "IDENTITY_PROVIDER_ORIGINS",
            identity.trim_end_matches('/').to_owned(),
        ),
    ];
    set.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name}={value}");
        text
    })
}

/// Whoever waits for the file finds all of it.
fn write_whole(path: PathBuf, text: &str) -> Result<(), DevError> {
    let unfinished = path.with_extension("unfinished");
    let written = fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, &path));
    written.map_err(|source| DevError::Data { path, source })
}
