//! The pool, private: a connection leaves it only inside this crate, and comes back clean.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres};

use crate::shield::Shield;
use crate::{StoreConfig, StoreError, boot};

/// How long a request waits for a connection before it is told that the database is not available.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that lay idle longer than this is asked whether it is alive. Busy ones are spared the round trip.
const TRUSTED_IDLE: Duration = Duration::from_secs(2);

/// Whatever the last borrower left behind goes: a transaction that nobody ended would swallow the next one's writes.
const RELEASE: &str = "ROLLBACK; RESET ALL";

pub(crate) type Statement = Query<'static, Postgres, PgArguments>;

/// The door to the database as one role. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: PgPool,
    pub(crate) persistent: bool,
    pub(crate) shield: Shield,
}

impl Store {
    /// Connects and proves that the role and the schema are safe to serve from, else [`StoreError::Boot`].
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        let store = Self {
            pool: pool_options(config)
                .after_release(|connection, _| Box::pin(clean(connection)))
                .connect_with(options(config)?)
                .await?,
            persistent: !config.poolers,
            shield: Shield::Up,
        };
        boot::check(&store, config.role).await?;
        Ok(store)
    }

    /// One round trip to the database.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.fetch_one(self.statement("select 1")).await?;
        Ok(())
    }

    /// Closes every connection, after those in use have come back.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub(crate) fn statement(&self, sql: &'static str) -> Statement {
        sqlx::query(sql).persistent(self.persistent)
    }

    /// Runs one statement on its own, which Postgres commits by itself.
    pub(crate) async fn fetch_all(&self, statement: Statement) -> Result<Vec<PgRow>, StoreError> {
        let pool = self.pool.clone();
        self.shield
            .run(async move { Ok(statement.fetch_all(&pool).await?) })
            .await
    }

    pub(crate) async fn fetch_optional(
        &self,
        statement: Statement,
    ) -> Result<Option<PgRow>, StoreError> {
        let pool = self.pool.clone();
        self.shield
            .run(async move { Ok(statement.fetch_optional(&pool).await?) })
            .await
    }

    pub(crate) async fn fetch_one(&self, statement: Statement) -> Result<PgRow, StoreError> {
        let pool = self.pool.clone();
        self.shield
            .run(async move { Ok(statement.fetch_one(&pool).await?) })
            .await
    }
}

/// Two guards keep a cancelled request from harming the next one; a test takes them away to see them matter.
#[cfg(feature = "testing")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guards {
    ReleaseHookOnly,
    None,
}

#[cfg(feature = "testing")]
impl Store {
    /// A store that is not safe to use.
    pub async fn connect_with_guards(
        config: &StoreConfig,
        guards: Guards,
    ) -> Result<Self, StoreError> {
        let mut pool = pool_options(config);
        if guards == Guards::ReleaseHookOnly {
            pool = pool.after_release(|connection, _| Box::pin(clean(connection)));
        }
        let pool = pool.connect_with(options(config)?).await?;
        Ok(Self {
            pool,
            persistent: !config.poolers,
            shield: Shield::Down,
        })
    }
}

fn options(config: &StoreConfig) -> Result<PgConnectOptions, StoreError> {
    Ok(PgConnectOptions::from_str(config.url.expose())?.application_name(config.role.name()))
}

fn pool_options(config: &StoreConfig) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

async fn clean(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    connection.execute(sqlx::raw_sql(RELEASE)).await?;
    Ok(true)
}
