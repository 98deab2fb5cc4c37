//! A backup that was made and restored as README says is the whole product again, on a server that has never seen it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use local_postgres::{LocalPostgres, Options};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tests::process::{self, dev::Place};
use tests::{Organization, TestApp, eventually};
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_serves_and_its_tenants_are_still_apart() {
    let mut app = TestApp::start().await;
    let (one, other) = (app.organization().await, app.organization().await);
    for (organization, name) in [(&one, "Of the one"), (&other, "Of the other")] {
        let path = format!("/v1/orgs/{}/projects", organization.id);
        let created = app
            .post(&path, &organization.token, &json!({ "name": name }))
            .await;
        created.assert_status(201);
    }
    app.is_compared().await;
    app.settled().await;
    let backup = Backup::of(&app).await;
    let server = Restored::from(&backup).await;
    assert_eq!(
        rows(&mut app.database.admin().await).await,
        rows(&mut server.connect(&server.admin_url()).await).await
    );

    let roles = server.roles();
    let migrated = process::command(&["migrate"], &roles).output().await;
    let said = String::from_utf8(migrated.expect("the binary starts").stdout).expect("text");
    assert!(said.starts_with("the schema is at version "), "{said}");
    each_sees_its_own(&server, &roles["DATABASE_URL"], &[&one, &other]).await;
    app.variables.extend(roles);
    it_serves(&app, &one, &other).await;
}

/// What is kept of a deployment.
struct Backup {
    /// Goes with it.
    place: Place,
    programs: PathBuf,
}

impl Backup {
    async fn of(app: &TestApp) -> Self {
        let backup = Self {
            place: Place::new(),
            programs: app.database.programs(),
        };
        std::fs::create_dir_all(&backup.place.data).expect("a folder");
        let admin = app.database.admin_url();
        backup
            .run(
                "pg_dumpall",
                &[
                    "--roles-only",
                    "--no-role-passwords",
                    "--file",
                    &backup.file("roles.sql"),
                    "--dbname",
                    admin.expose(),
                ],
            )
            .await;
        backup
            .run(
                "pg_dump",
                &[
                    "--format=custom",
                    "--file",
                    &backup.file("tenantry.dump"),
                    admin.expose(),
                ],
            )
            .await;
        backup
    }

    fn file(&self, name: &str) -> String {
        let path = self.place.data.join(name);
        path.to_str().expect("text").to_owned()
    }

    async fn run(&self, program: &str, arguments: &[&str]) {
        let program = match self.programs.join(program) {
            installed if installed.is_file() => installed,
            _ => PathBuf::from(program),
        };
        let ran = Command::new(&program).args(arguments).output().await;
        let ran = ran.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
}

/// Another server, with the backup in it.
struct Restored {
    /// None when it has been stopped.
    postgres: Option<LocalPostgres>,
    folder: PathBuf,
}

impl Restored {
    async fn from(backup: &Backup) -> Self {
        let folder = backup.place.data.join("postgres");
        let options = Options::for_tests(&folder);
        let started = tokio::task::spawn_blocking(move || LocalPostgres::start(&options)).await;
        let postgres = started.expect("no panic").expect("a second server");
        let postgres = Some(postgres);
        let restored = Self { postgres, folder };
        let cluster = restored.server().admin_url();
        // That the administrator is there already is no harm; everything else is new.
        backup
            .run(
                "psql",
                &["--quiet", "--file", &backup.file("roles.sql"), &cluster],
            )
            .await;
        let mut admin = restored.connect(&cluster).await;
        let created = admin.execute("create database tenantry").await;
        created.expect("the administrator may");
        backup
            .run(
                "pg_restore",
                &[
                    "--single-transaction",
                    "--exit-on-error",
                    "--dbname",
                    &restored.admin_url(),
                    &backup.file("tenantry.dump"),
                ],
            )
            .await;
        restored
    }

    fn server(&self) -> &LocalPostgres {
        self.postgres.as_ref().expect("it runs until it is dropped")
    }

    fn admin_url(&self) -> String {
        let cluster = self.server().admin_url();
        let server = cluster.trim_end_matches("/postgres");
        format!("{server}/tenantry")
    }

    /// With other passwords than before.
    fn roles(&self) -> BTreeMap<String, String> {
        let url = |role: &str| {
            format!(
                "postgres://tenantry_{role}:restored@127.0.0.1:{}/tenantry",
                self.server().port()
            )
        };
        let urls = [
            ("DATABASE_ADMIN_URL", self.admin_url()),
            ("DATABASE_URL", url("api")),
            ("DATABASE_INBOX_URL", url("inbox")),
            ("DATABASE_PLATFORM_URL", url("platform")),
            ("DATABASE_WORKER_URL", url("worker")),
        ];
        urls.map(|(name, url)| (name.to_owned(), url)).into()
    }

    async fn connect(&self, url: &str) -> PgConnection {
        PgConnection::connect(url)
            .await
            .expect("the server answers")
    }
}

impl Drop for Restored {
    fn drop(&mut self) {
        drop(self.postgres.take());
        // Best effort, and only where the server's account could not reach the folder of the test.
        LocalPostgres::forget(&self.folder).ok();
    }
}

/// How many there are of each tenant in each table that has tenants.
async fn rows(admin: &mut PgConnection) -> BTreeMap<String, Vec<(String, i64)>> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', table_schema, table_name) from information_schema.columns \
         where table_schema = 'app' and column_name = 'org_id' order by 1",
    )
    .fetch_all(&mut *admin)
    .await
    .expect("the catalog");
    let mut rows = BTreeMap::new();
    for table in tables {
        let count = AssertSqlSafe(format!(
            "select org_id, count(*) from {table} group by 1 order by 1"
        ));
        let counted = sqlx::query_as(count).fetch_all(&mut *admin).await;
        rows.insert(table, counted.expect("counts"));
    }
    rows
}

/// By the policies alone: no condition in the statement.
async fn each_sees_its_own(server: &Restored, url: &str, organizations: &[&Organization]) {
    const PROJECTS: &str = "select distinct org_id from app.projects";
    let mut api = server.connect(url).await;
    let nobody = sqlx::query(PROJECTS).fetch_all(&mut api).await;
    assert!(nobody.is_err(), "without a tenant there is no answer");
    for organization in organizations {
        let mut tx = api.begin().await.expect("begin");
        let bound = sqlx::query("select app.set_org($1)").bind(&organization.id);
        bound.execute(&mut *tx).await.expect("a tenant");
        let seen: Vec<String> = sqlx::query_scalar(PROJECTS)
            .fetch_all(&mut *tx)
            .await
            .expect("rows");
        assert_eq!(seen, [organization.id.as_str()]);
        tx.rollback().await.expect("rollback");
    }
}

/// With the tokens of before.
async fn it_serves(app: &TestApp, one: &Organization, other: &Organization) {
    let served = app.serve();
    let path = |organization: &Organization| format!("/v1/orgs/{}/projects", organization.id);
    let listed = eventually("a restored product", || async {
        let listed = served.get(&path(one), &one.token).await?;
        listed.status.is_success().then(|| listed.json())
    })
    .await;
    assert_eq!(names(&listed), ["Of the one"]);
    let foreign = served
        .get(&path(other), &one.token)
        .await
        .expect("an answer");
    foreign.assert_problem(404, "not_found");

    let client = Client::builder().no_proxy().build().expect("a client");
    let request = client.post(format!("{}{}", served.url, path(one)));
    let request = request
        .bearer_auth(&one.token)
        .json(&json!({ "name": "New" }));
    let created = request.send().await.expect("an answer");
    assert_eq!(created.status(), 201);
    let listed = served
        .get(&path(other), &other.token)
        .await
        .expect("an answer");
    assert_eq!(names(&listed.assert_status(200).json()), ["Of the other"]);
}

fn names(listed: &Value) -> Vec<&str> {
    let items = listed["items"].as_array().expect("a list").iter();
    items
        .filter_map(|project| project["name"].as_str())
        .collect()
}
