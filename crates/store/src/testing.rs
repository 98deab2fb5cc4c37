//! A database for each test, cloned from a migrated template and reached as the product's own roles.
//!
//! The cluster is `DATABASE_URL` (an administrator's) if that is set, else a Postgres of this process that dies with it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use local_postgres::{LocalPostgres, Options};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::migrate::{self, FILES, connect, database_url};
use crate::{
    DatabaseRole, DatabaseUrl, Finding, Guards, RolePasswords, Store, StoreConfig, catalog_lint,
    roles, row,
};

/// Begins the name of every database of a test.
const PREFIX: &str = "tenantry_test_";

/// A number of our own: one process at a time makes the template.
const TEMPLATE_LOCK: i64 = 0x7465_6e61_6e74_7279;

/// A migrated database that no other test uses. Dropped when the value is, as well as that can be done.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    cluster: DatabaseUrl,
}

impl TestDatabase {
    /// Panics when there is no Postgres: a test without one proves nothing.
    pub async fn create() -> Self {
        let template = template().await;
        Self::create_from(Some(template)).await
    }

    /// A database with nothing in it, for tests of the migrations themselves.
    pub async fn create_empty() -> Self {
        // The roles of the cluster come with the template.
        template().await;
        Self::create_from(None).await
    }

    async fn create_from(template: Option<&str>) -> Self {
        let database = Self {
            name: format!("{PREFIX}{}", Uuid::new_v4().simple()),
            cluster: cluster().clone(),
        };
        let mut admin = connect(&database.cluster)
            .await
            .expect("the test cluster answers");
        let template = template.unwrap_or("template0");
        run(
            &mut admin,
            format!("create database {} template {template}", database.name),
        )
        .await;
        // A clone does not inherit the grants on the database itself.
        run(
            &mut admin,
            format!("revoke temporary on database {} from public", database.name),
        )
        .await;
        database
    }

    /// The connection string of a product role to this database.
    pub fn url(&self, role: DatabaseRole) -> DatabaseUrl {
        roles::role_url(&self.admin_url(), role, &passwords())
            .expect("the cluster's URL has a host")
    }

    /// The administrator's connection string to this database.
    pub fn admin_url(&self) -> DatabaseUrl {
        database_url(&self.cluster, &self.name).expect("the cluster's URL is one")
    }

    /// The directory of the server's programs; empty where the server is not of this machine.
    pub fn programs(&self) -> PathBuf {
        let server = cluster_and_server().1.as_ref();
        server.map_or_else(PathBuf::new, |server| server.programs().to_owned())
    }

    /// The passwords of the product roles in the test cluster.
    pub fn passwords(&self) -> RolePasswords {
        passwords()
    }

    pub fn config(&self, role: DatabaseRole) -> StoreConfig {
        StoreConfig {
            url: self.url(role),
            role,
            max_connections: 8,
            poolers: false,
        }
    }

    /// A store of this database, with eight connections.
    pub async fn store(&self, role: DatabaseRole) -> Store {
        Store::connect(&self.config(role))
            .await
            .expect("a migrated database is safe to serve from")
    }

    /// A store that lacks what keeps a cancelled request from harming the next one.
    pub async fn store_with_guards(&self, role: DatabaseRole, guards: Guards) -> Store {
        Store::connect_with_guards(&self.config(role), guards)
            .await
            .expect("the test cluster answers")
    }

    /// The connection string of any login role of the cluster to this database.
    pub fn url_as(&self, user: &str, password: &str) -> DatabaseUrl {
        roles::url_as(&self.admin_url(), user, password).expect("the cluster's URL has a host")
    }

    /// What the lint would find if the administrator ran these statements, which are then undone.
    pub async fn findings_after(&self, planted: &str) -> Vec<Finding> {
        let mut admin = self.admin().await;
        let mut tx = admin.begin().await.expect("begin");
        tx.execute(sqlx::raw_sql(AssertSqlSafe(planted)))
            .await
            .expect("the defect can be planted");
        let findings = catalog_lint::findings(&mut tx)
            .await
            .expect("the catalog answers");
        tx.rollback().await.expect("rollback");
        findings
    }

    /// A plain connection as the administrator, to look behind the policies.
    pub async fn admin(&self) -> PgConnection {
        connect(&self.admin_url())
            .await
            .expect("the test cluster answers")
    }

    /// A plain connection as a product role, without a tenant.
    pub async fn connection(&self, role: DatabaseRole) -> PgConnection {
        connect(&self.url(role))
            .await
            .expect("the test cluster answers")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (name, cluster) = (self.name.clone(), self.cluster.clone());
        // A thread of its own: the runtime of the test may be ending, and cannot be waited for from inside it.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let Ok(mut admin) = connect(&cluster).await else {
                    return;
                };
                let drop = format!("drop database if exists {name} with (force)");
                if let Err(error) = admin.execute(AssertSqlSafe(drop)).await {
                    tracing::debug!(%error, "a test database is left behind");
                }
            });
            std::io::Result::Ok(())
        });
        // Best effort: what is left behind is found and dropped by the next run.
        drop(dropped.join());
    }
}

fn passwords() -> RolePasswords {
    let password = || "tenantry-test".to_owned();
    RolePasswords {
        migrator: password(),
        api: password(),
        worker: password(),
        inbox: password(),
        platform: Some(password()),
    }
}

/// The cluster, and the server if it is this process's own.
fn cluster_and_server() -> &'static (DatabaseUrl, Option<LocalPostgres>) {
    static CLUSTER: OnceLock<(DatabaseUrl, Option<LocalPostgres>)> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        if let Some(url) = configured() {
            return (url, None);
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-postgres");
        let server = LocalPostgres::start(&Options::for_tests(folder))
            .unwrap_or_else(|error| panic!("tests need Postgres: {error}"));
        (DatabaseUrl::from(server.admin_url()), Some(server))
    })
}

fn cluster() -> &'static DatabaseUrl {
    &cluster_and_server().0
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test harness has no configuration but this"
)]
fn configured() -> Option<DatabaseUrl> {
    std::env::var("DATABASE_URL").ok().map(DatabaseUrl::from)
}

/// The name of the migrated template of this version, made once for the cluster.
async fn template() -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE.get_or_init(make_template).await
}

async fn make_template() -> String {
    let name = format!("tenantry_template_{:016x}", schema_hash());
    let mut admin = connect(cluster()).await.expect("the test cluster answers");
    sqlx::query("select pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut admin)
        .await
        .expect("lock");
    if cluster_and_server().1.is_some() {
        drop_leftovers(&mut admin).await;
    }
    // Set last, so that a template without it was never finished.
    let finished = sqlx::query("select from pg_database where datname = $1 and datistemplate")
        .bind(&name)
        .fetch_optional(&mut admin)
        .await
        .expect("the catalog answers");
    if finished.is_some() {
        // Roles are the cluster's: somebody may have given them other passwords since.
        roles::set_passwords(&mut admin, &passwords())
            .await
            .expect("the administrator may change passwords");
    } else {
        run(
            &mut admin,
            format!("drop database if exists {name} with (force)"),
        )
        .await;
        run(
            &mut admin,
            format!("create database {name} template template0"),
        )
        .await;
        let url = database_url(cluster(), &name).expect("the cluster's URL is one");
        migrate::migrate(&url, &passwords())
            .await
            .unwrap_or_else(|error| panic!("the migrations: {error:?}"));
        run(
            &mut admin,
            format!("alter database {name} with is_template true"),
        )
        .await;
    }
    name
}

/// Databases of earlier runs that were killed. Only in a cluster of our own: elsewhere another run may use them.
async fn drop_leftovers(admin: &mut PgConnection) {
    const LEFTOVERS: &str = "select format('drop database %I with (force)', datname) as statement \
         from pg_database where starts_with(datname, $1)";
    let leftovers = sqlx::query(LEFTOVERS)
        .bind(PREFIX)
        .fetch_all(&mut *admin)
        .await
        .expect("the catalog answers");
    for leftover in leftovers {
        let statement = row::value(&leftover, "statement").expect("format answers text");
        run(admin, statement).await;
    }
}

/// Names the template by everything that is in it.
fn schema_hash() -> u64 {
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    roles::ROLES.hash(&mut hasher);
    hasher.finish()
}

async fn run(admin: &mut PgConnection, statement: String) {
    // Names of our own making, without a character that needs quoting.
    admin
        .execute(AssertSqlSafe(statement))
        .await
        .expect("the administrator may make databases");
}
