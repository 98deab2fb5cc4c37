//! Why `tenantry dev` could not start, each in one sentence that says what to do.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum DevError {
    #[error("Port {port} is taken: stop what listens there, or choose another with {flag}.")]
    PortTaken { port: u16, flag: &'static str },
    #[error("cannot listen on port {port}")]
    Port {
        port: u16,
        #[source]
        source: io::Error,
    },
    #[error(
        "Another `tenantry dev` runs on {0}: stop it, or choose another directory with --data."
    )]
    AlreadyRuns(PathBuf),
    #[error("cannot use {path}")]
    Data {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Postgres(#[from] local_postgres::StartError),
    #[error("the database could not be prepared")]
    Database(#[from] store::StoreError),
    #[error("the sandbox could not be started")]
    Sandbox(#[from] sandbox::StartError),
    #[error("a setting of dev's own is wrong")]
    Config(#[from] crate::config::ConfigError),
    #[error("the API and its worker could not be started")]
    Service(#[from] crate::server::StartError),
    #[error("signals cannot be handled")]
    Signals(#[source] io::Error),
    #[error("cannot write to the terminal")]
    Output(#[from] io::Error),
}
