use sqlx::{AssertSqlSafe, Connection, Executor};
use store::testing::TestDatabase;
use store::{BootRefusal, DatabaseRole, Store, StoreConfig, StoreError};
use uuid::Uuid;

/// Connects as a login role made for this test, which `prepare` makes dangerous (`ROLE` stands for its name).
async fn refusals_of_role(prepare: &str) -> Vec<BootRefusal> {
    let database = TestDatabase::create().await;
    let role = format!("rogue_{}", Uuid::new_v4().simple());
    let mut admin = database.admin().await;
    // Roles outlive the database; this one must not outlive the test as a superuser.
    let create = format!(
        "create role {role} login password 'rogue'; {}",
        prepare.replace("ROLE", &role)
    );
    admin
        .execute(sqlx::raw_sql(AssertSqlSafe(create)))
        .await
        .unwrap();
    let config = StoreConfig {
        url: database.url_as(&role, "rogue"),
        ..database.config(DatabaseRole::Api)
    };
    let refused = Store::connect(&config).await;
    let clean = format!("drop owned by {role} cascade; drop role {role}");
    admin
        .execute(sqlx::raw_sql(AssertSqlSafe(clean)))
        .await
        .unwrap();
    admin.close().await.unwrap();
    refusals(refused)
}

/// Connects as the API to a database that the administrator broke.
async fn refusals_after(planted: &'static str) -> Vec<BootRefusal> {
    let database = TestDatabase::create().await;
    database
        .admin()
        .await
        .execute(sqlx::raw_sql(planted))
        .await
        .unwrap();
    refusals(Store::connect(&database.config(DatabaseRole::Api)).await)
}

fn refusals(connected: Result<Store, StoreError>) -> Vec<BootRefusal> {
    match connected {
        Err(StoreError::Boot(refusals)) => refusals,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn every_role_of_the_product_may_serve() {
    let database = TestDatabase::create().await;
    for role in DatabaseRole::ALL {
        database.store(role).await.ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_superuser_is_refused() {
    assert!(
        refusals_of_role("alter role ROLE superuser")
            .await
            .contains(&BootRefusal::Superuser)
    );
}

#[tokio::test]
async fn a_role_that_bypasses_row_level_security_is_refused() {
    assert!(
        refusals_of_role("alter role ROLE bypassrls")
            .await
            .contains(&BootRefusal::BypassesRowSecurity)
    );
}

#[tokio::test]
async fn a_role_that_may_make_roles_is_refused() {
    assert!(
        refusals_of_role("alter role ROLE createrole")
            .await
            .contains(&BootRefusal::Administrator)
    );
}

#[tokio::test]
async fn a_member_of_the_owner_is_refused() {
    let refusals = refusals_of_role("grant tenantry_owner to ROLE").await;
    assert!(
        refusals.contains(&BootRefusal::Member("tenantry_owner".to_owned())),
        "{refusals:?}"
    );
}

#[tokio::test]
async fn an_owner_of_a_table_is_refused() {
    let refusals =
        refusals_of_role("create table public.mine (); alter table public.mine owner to ROLE")
            .await;
    assert!(
        refusals
            .iter()
            .any(|refusal| matches!(refusal, BootRefusal::Owner(_))),
        "{refusals:?}"
    );
}

#[tokio::test]
async fn a_role_with_row_security_off_is_refused() {
    assert!(
        refusals_of_role("alter role ROLE set row_security = off")
            .await
            .contains(&BootRefusal::RowSecurityOff)
    );
}

#[tokio::test]
async fn another_role_of_the_product_is_refused() {
    let database = TestDatabase::create().await;
    let config = StoreConfig {
        role: DatabaseRole::Api,
        ..database.config(DatabaseRole::Worker)
    };
    let found = "tenantry_worker".to_owned();
    let expected = [BootRefusal::WrongRole {
        expected: "tenantry_api",
        found,
    }];
    assert_eq!(refusals(Store::connect(&config).await), expected);
}

#[tokio::test]
async fn an_executable_set_config_is_refused() {
    let refusals =
        refusals_after("grant execute on function set_config(text, text, boolean) to public").await;
    assert!(
        refusals.contains(&BootRefusal::SetConfigExecutable),
        "{refusals:?}"
    );
}

#[tokio::test]
async fn a_schema_that_breaks_a_rule_is_refused() {
    let refusals = refusals_after("alter table app.projects no force row level security").await;
    let [BootRefusal::Lint(finding)] = refusals.as_slice() else {
        panic!("{refusals:?}")
    };
    assert!(finding.contains("app.projects"), "{finding}");
}

#[tokio::test]
async fn a_database_without_the_schema_is_refused() {
    let database = TestDatabase::create_empty().await;
    let refusals = refusals(Store::connect(&database.config(DatabaseRole::Api)).await);
    assert!(refusals.contains(&BootRefusal::NotMigrated), "{refusals:?}");
}
