//! Every tenant table against every way to a foreign row. Tables, keys and grants come from the catalog, so a new table
//! is covered without a new test.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use store::DatabaseRole;
use store::testing::TestDatabase;

const OURS: &str = "org_aaaaaaaaaaaaaaaa";
const THEIRS: &str = "org_bbbbbbbbbbbbbbbb";

/// Roles that have a tenant.
const ROLES: [DatabaseRole; 2] = [DatabaseRole::Api, DatabaseRole::Worker];

/// A tenant table with one row, which is another tenant's.
struct Table {
    name: String,
    /// A column that the role may update.
    changeable: Option<String>,
    hash: String,
}

/// Database and tables: those of the product and one with a reference, each with a row of the other tenant.
async fn planted() -> (TestDatabase, Vec<Table>) {
    let database = TestDatabase::create().await;
    let mut admin = database.admin().await;
    admin.execute(sqlx::raw_sql(PREPARE)).await.unwrap();
    let mut tables = Vec::new();
    for row in sqlx::query(TABLES).fetch_all(&mut admin).await.unwrap() {
        let (name, insert): (String, String) = (row.get("name"), row.get("plant"));
        admin
            .execute(AssertSqlSafe(insert.replace("ORG", THEIRS)))
            .await
            .unwrap();
        let hash = hash(&mut admin, &name).await;
        tables.push(Table {
            name,
            changeable: row.get("changeable"),
            hash,
        });
    }
    assert!(tables.len() >= 8, "the catalog lists the tenant tables");
    (database, tables)
}

/// Checks and foreign keys are off while rows are planted: it is the policies that are tried.
const PREPARE: &str = "
    create table app.widgets (org_id text not null, id uuid not null, project_id uuid not null, primary key (org_id, id),
        constraint widgets_project foreign key (org_id, project_id) references app.projects (org_id, id));
    alter table app.widgets owner to tenantry_owner;
    alter table app.widgets enable row level security;
    alter table app.widgets force row level security;
    create policy tenant on app.widgets for all to tenantry_api, tenantry_worker
        using (org_id = app.org()) with check (org_id = app.org());
    grant select, insert, update, delete on app.widgets to tenantry_api, tenantry_worker;
    set session_replication_role = replica;
    do $$
    declare v_check record;
    begin
        for v_check in select conrelid::regclass as relation, conname from pg_constraint
            where contype = 'c' and connamespace = 'app'::regnamespace
        loop
            execute format('alter table %s drop constraint %I', v_check.relation, v_check.conname);
        end loop;
    end $$;";

/// Each tenant table with a statement that inserts a row with a value in every column that needs one.
const TABLES: &str = "
    select c.oid::regclass::text as name,
        format('insert into %s (org_id%s) values (''ORG''%s)', c.oid::regclass,
            string_agg(format(', %I', a.attname), '' order by a.attnum) filter (where a.attname <> 'org_id'),
            string_agg(case format_type(a.atttypid, null)
                when 'text' then ', ''x''' when 'uuid' then ', ''00000000-0000-7000-8000-000000000001'''
                when 'timestamp with time zone' then ', now()' when 'boolean' then ', false'
                when 'date' then ', now()'
                when 'text[]' then ', ''{}''' when 'bytea' then ', ''x''' when 'jsonb' then ', ''{}''' else ', 1' end,
                '' order by a.attnum) filter (where a.attname <> 'org_id')) as plant,
        min(a.attname::text) filter (where has_column_privilege('tenantry_api', c.oid, a.attnum, 'update')) as changeable
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
      and (a.attnotnull or has_column_privilege('tenantry_api', c.oid, a.attnum, 'update'))
    group by c.oid order by 1";

async fn hash(admin: &mut PgConnection, table: &str) -> String {
    let sql = format!(
        "select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {table} t where org_id = '{THEIRS}'"
    );
    sqlx::query(AssertSqlSafe(sql))
        .fetch_one(admin)
        .await
        .unwrap()
        .get(0)
}

/// Runs the statement as our tenant and undoes it: how many rows it touched, or the code of the refusal.
async fn as_ours(connection: &mut PgConnection, sql: String) -> Result<u64, String> {
    let mut tx = connection.begin().await.unwrap();
    sqlx::query("select app.set_org($1)")
        .bind(OURS)
        .execute(&mut *tx)
        .await
        .unwrap();
    let touched = tx.execute(AssertSqlSafe(sql)).await;
    tx.rollback().await.unwrap();
    touched
        .map(|done| done.rows_affected())
        .map_err(|error| code(&error))
}

fn code(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .unwrap_or_default()
        .into_owned()
}

/// A missing grant is as good as no row.
fn is_kept_out(touched: &Result<u64, String>) -> bool {
    matches!(touched, Ok(0)) || matches!(touched, Err(code) if code == "42501")
}

#[tokio::test]
async fn every_table_raises_without_a_tenant() {
    let (database, tables) = planted().await;
    for role in ROLES {
        let mut connection = database.connection(role).await;
        for table in &tables {
            let sql = format!("select * from {}", table.name);
            let fresh = connection
                .execute(AssertSqlSafe(sql.clone()))
                .await
                .unwrap_err();
            // From here on the setting is '' rather than absent.
            as_ours(&mut connection, "select 1".to_owned())
                .await
                .unwrap();
            let emptied = connection.execute(AssertSqlSafe(sql)).await.unwrap_err();
            assert_eq!(
                (code(&fresh).as_str(), code(&emptied).as_str()),
                ("28000", "28000"),
                "{}",
                table.name
            );
        }
    }
}

#[tokio::test]
async fn every_table_refuses_an_insert_without_a_tenant() {
    let (database, tables) = planted().await;
    let mut api = database.connection(DatabaseRole::Api).await;
    for table in &tables {
        // One column will do: generated ones cannot be given.
        let insert = format!(
            "insert into {0} (org_id) select org_id from {0}",
            table.name
        );
        let refused = api.execute(AssertSqlSafe(insert)).await.unwrap_err();
        assert_eq!(code(&refused), "28000", "{}", table.name);
    }
}

#[tokio::test]
async fn a_foreign_row_can_neither_be_read_nor_changed_nor_deleted() {
    let (database, tables) = planted().await;
    let mut admin = database.admin().await;
    for role in ROLES {
        let mut connection = database.connection(role).await;
        for table in &tables {
            let name = &table.name;
            for sql in [
                format!("select * from {name}"),
                format!("select * from {name} where org_id = '{THEIRS}'"),
                format!("delete from {name} where org_id = '{THEIRS}'"),
            ] {
                let touched = as_ours(&mut connection, sql.clone()).await;
                assert!(is_kept_out(&touched), "{sql}: {touched:?}");
            }
            if let Some(column) = &table.changeable {
                let sql =
                    format!("update {name} set {column} = {column} where org_id = '{THEIRS}'");
                assert_eq!(
                    as_ours(&mut connection, sql).await,
                    Ok(0),
                    "{name}.{column}"
                );
            }
            assert_eq!(hash(&mut admin, name).await, table.hash, "{name}");
        }
    }
}

#[tokio::test]
async fn a_row_cannot_be_written_for_another_tenant() {
    let (database, tables) = planted().await;
    let mut admin = database.admin().await;
    let plants = sqlx::query(TABLES).fetch_all(&mut admin).await.unwrap();
    for role in ROLES {
        let mut connection = database.connection(role).await;
        for (table, plant) in tables.iter().zip(&plants) {
            let insert = plant.get::<String, _>("plant").replace("ORG", THEIRS);
            for sql in [insert.clone(), format!("{insert} on conflict do nothing")] {
                assert_eq!(
                    as_ours(&mut connection, sql.clone()).await,
                    Err("42501".to_owned()),
                    "{sql}"
                );
            }
            let moved = format!("update {} set org_id = '{THEIRS}'", table.name);
            assert!(
                is_kept_out(&as_ours(&mut connection, moved).await),
                "{}",
                table.name
            );
        }
    }
}

#[tokio::test]
async fn a_foreign_row_cannot_be_referred_to() {
    let (database, _) = planted().await;
    let mut admin = database.admin().await;
    let references = sqlx::query(
        "select conrelid::regclass::text as child, cardinality(conkey) as columns from pg_constraint \
         where contype = 'f' and connamespace = 'app'::regnamespace order by 1",
    );
    let references = references.fetch_all(&mut admin).await.unwrap();
    assert!(
        references
            .iter()
            .any(|reference| reference.get::<i32, _>("columns") > 1)
    );
    let plants = sqlx::query(TABLES).fetch_all(&mut admin).await.unwrap();
    let mut api = database.connection(DatabaseRole::Api).await;
    for reference in references {
        let child: String = reference.get("child");
        let plant = plants
            .iter()
            .find(|plant| plant.get::<String, _>("name") == child)
            .unwrap();
        // Ours, but every other column of the key is as in the other tenant's row.
        let insert = plant.get::<String, _>("plant").replace("ORG", OURS);
        assert_eq!(
            as_ours(&mut api, insert).await,
            Err("23503".to_owned()),
            "{child}"
        );
    }
}

#[tokio::test]
async fn the_inbox_role_reaches_no_tenant_table() {
    let (database, tables) = planted().await;
    let mut inbox = database.connection(DatabaseRole::Inbox).await;
    for table in &tables {
        for sql in [
            format!("select * from {}", table.name),
            format!("delete from {}", table.name),
        ] {
            let refused = inbox.execute(AssertSqlSafe(sql)).await.unwrap_err();
            assert_eq!(code(&refused), "42501", "{}", table.name);
        }
    }
}
