//! The database server of `dev`: the one that DATABASE_URL names, else one that lives and dies with this process.

use local_postgres::{LocalPostgres, Options};
use store::DatabaseUrl;

use super::data::DataDirectory;
use super::{DevArgs, DevError};

pub(super) enum Postgres {
    Given(DatabaseUrl),
    Local(LocalPostgres),
}

impl Postgres {
    pub(super) async fn start(args: &DevArgs, data: &DataDirectory) -> Result<Self, DevError> {
        if let Some(url) = &args.database_url {
            return Ok(Self::Given(url.as_str().into()));
        }
        let options = Options {
            binaries: args.pg_bin.clone(),
            allow_npm: true,
            ..Options::new(data.join("postgres"))
        };
        let fresh = args.fresh;
        let started = tokio::task::spawn_blocking(move || {
            if fresh {
                LocalPostgres::forget(&options.data_dir)?;
            }
            LocalPostgres::start(&options)
        });
        Ok(Self::Local(
            started.await.expect("starting Postgres does not panic")?,
        ))
    }

    pub(super) fn admin_url(&self) -> DatabaseUrl {
        match self {
            Self::Given(url) => url.clone(),
            Self::Local(server) => server.admin_url().into(),
        }
    }

    /// What the screen says; never the password.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Given(_) => "the server of DATABASE_URL".to_owned(),
            Self::Local(server) => format!(
                "127.0.0.1:{}, kept in {}",
                server.port(),
                server.directory().display()
            ),
        }
    }

    pub(super) async fn stop(self) {
        if let Self::Local(server) = self {
            // Nothing is lost if this is cut short: the server dies with the process.
            tokio::task::spawn_blocking(move || server.stop())
                .await
                .ok();
        }
    }
}
