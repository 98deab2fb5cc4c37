use sqlx::Executor;
use store::testing::TestDatabase;
use store::{DatabaseRole, StoreError, lint, migrate};

#[tokio::test]
async fn an_empty_database_is_brought_to_this_version_once() {
    let database = TestDatabase::create_empty().await;
    let first = migrate(&database.admin_url(), &database.passwords())
        .await
        .unwrap();
    assert!(first.applied.len() > 14, "{first:?}");
    let second = migrate(&database.admin_url(), &database.passwords())
        .await
        .unwrap();
    assert_eq!((second.applied.len(), second.version), (0, first.version));
    assert_eq!(lint(&database.admin_url()).await.unwrap(), []);
}

#[tokio::test]
async fn a_schema_that_breaks_a_rule_fails_the_run() {
    let database = TestDatabase::create().await;
    database
        .admin()
        .await
        .execute("alter table app.projects disable row level security")
        .await
        .unwrap();
    let failed = migrate(&database.admin_url(), &database.passwords())
        .await
        .unwrap_err();
    let StoreError::Lint(findings) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(findings[0].object, "app.projects");
}

/// What a role that serves must not be able to do, in a tenant's transaction or out of it.
const FORBIDDEN: [&str; 15] = [
    "select set_config('app.org_id', 'org_bbbbbbbbbbbbbbbb', true)",
    "set role tenantry_owner",
    "set session authorization postgres",
    "truncate app.projects",
    "alter table app.projects disable row level security",
    "drop policy tenant on app.projects",
    "create table app.mine (id int)",
    "create table public.mine (id int)",
    "create temporary table mine (id int)",
    "select pg_read_file('/etc/hostname')",
    "copy app.projects to '/tmp/projects'",
    "select * from ops.job",
    "select app.set_org('org_aaaaaaaaaaaaaaaa'); delete from app.audit_events",
    "select app.set_org('org_aaaaaaaaaaaaaaaa'); update app.audit_events set action = ''",
    "select ops.put_job(null, 'k', 'd', '{}', now())",
];

#[tokio::test]
async fn the_roles_that_serve_have_no_way_around_the_policies() {
    let database = TestDatabase::create().await;
    for role in DatabaseRole::ALL {
        let mut connection = database.connection(role).await;
        for forbidden in FORBIDDEN {
            let refused = connection.execute(forbidden).await.unwrap_err();
            let code = refused
                .as_database_error()
                .and_then(|error| error.code())
                .unwrap()
                .into_owned();
            assert_eq!(code, "42501", "{role:?}: {forbidden}: {refused}");
        }
    }
}

#[tokio::test]
async fn row_security_off_makes_queries_fail_rather_than_see() {
    let database = TestDatabase::create().await;
    let mut api = database.connection(DatabaseRole::Api).await;
    let refused = api
        .execute("set row_security = off; select * from app.projects")
        .await
        .unwrap_err();
    assert_eq!(
        refused.as_database_error().unwrap().code().unwrap(),
        "42501",
        "{refused}"
    );
}

#[tokio::test]
async fn no_secret_shows_itself() {
    let database = TestDatabase::create().await;
    let shown = format!(
        "{:?} {:?}",
        database.passwords(),
        database.config(DatabaseRole::Api)
    );
    assert!(!shown.contains("tenantry-test"), "{shown}");
}
