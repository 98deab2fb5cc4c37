//! Each rule is proved by a defect that it finds.

use std::collections::BTreeSet;

use store::testing::TestDatabase;
use store::{DatabaseRole, lint};

/// A table that keeps every rule, to be broken in one way.
const WIDGETS: &str = "set local role tenantry_owner; \
    create table app.widgets (org_id text not null, id uuid not null, project_id uuid, primary key (org_id, id), \
        constraint widgets_project foreign key (org_id, project_id) references app.projects (org_id, id)); \
    create index on app.widgets (org_id, project_id); \
    alter table app.widgets enable row level security; alter table app.widgets force row level security; \
    create policy tenant on app.widgets for all to tenantry_api, tenantry_worker \
        using (org_id = app.org()) with check (org_id = app.org()); \
    grant select, insert, update, delete on app.widgets to tenantry_api, tenantry_worker; reset role; ";

const DEFECTS: [(&str, &str); 50] = [
    ("L01", "create table app.loose (id uuid primary key)"),
    ("L02", "create table app.loose (org_id text, id uuid)"),
    ("L03", "alter table app.widgets disable row level security"),
    ("L04", "alter table app.widgets no force row level security"),
    ("L05", "drop policy tenant on app.widgets"),
    ("L05", "create policy second on app.widgets using (true)"),
    ("L06", "alter policy tenant on app.widgets using (true)"),
    (
        "L06",
        "alter policy tenant on app.widgets with check (true)",
    ),
    (
        "L06",
        "alter policy tenant on app.widgets using (org_id = (select app.org()))",
    ),
    ("L06", "alter policy tenant on app.widgets to public"),
    (
        "L06",
        "alter policy tenant on app.widgets to tenantry_api, tenantry_inbox",
    ),
    (
        "L06",
        "drop policy tenant on app.widgets; \
        create policy tenant on app.widgets for select to tenantry_api using (org_id = app.org())",
    ),
    (
        "L07",
        "create table app.loose (org_id text not null, id uuid primary key)",
    ),
    ("L08", "create unique index loose on app.widgets (id)"),
    (
        "L08",
        "create unique index loose on app.widgets (project_id, org_id)",
    ),
    (
        "L09",
        "alter table app.projects add unique (id); \
        alter table app.widgets add foreign key (project_id) references app.projects (id)",
    ),
    ("L10", "drop index app.widgets_org_id_project_id_idx"),
    ("L11", "alter role tenantry_api superuser"),
    ("L11", "alter role tenantry_worker bypassrls"),
    ("L11", "grant tenantry_owner to tenantry_inbox"),
    ("L11", "alter table app.widgets owner to tenantry_api"),
    ("L11", "grant create on schema app to tenantry_api"),
    ("L12", "create view app.loose as select * from app.projects"),
    (
        "L13",
        "create materialized view app.loose as select * from app.projects",
    ),
    (
        "L14",
        "create function app.loose() returns bigint language sql security definer set search_path = '' \
        as 'select count(*) from app.projects'",
    ),
    (
        "L15",
        "create function app.loose() returns bigint language sql as 'select count(*) from app.projects'",
    ),
    ("L16", "grant truncate on app.widgets to tenantry_api"),
    ("L16", "grant references on app.widgets to tenantry_inbox"),
    (
        "L17",
        "create table app.parted (org_id text not null, id uuid not null, primary key (org_id, id)) \
        partition by hash (org_id); \
        create table public.part partition of app.parted for values with (modulus 1, remainder 0); \
        grant select on public.part to tenantry_api",
    ),
    (
        "L18",
        "create sequence app.loose; grant usage on sequence app.loose to tenantry_worker",
    ),
    ("L19", "grant select on app.widgets to public"),
    (
        "L20",
        "create foreign data wrapper loose; create server loose foreign data wrapper loose; \
        create foreign table app.loose (org_id text) server loose",
    ),
    (
        "L21",
        "create function app.loose() returns trigger language plpgsql set search_path = '' as 'begin return new; end'; \
        create trigger loose before insert on app.widgets for each row execute function app.loose()",
    ),
    (
        "L21",
        "create rule loose as on delete to app.widgets do instead nothing",
    ),
    (
        "L22",
        "alter table app.widgets drop constraint widgets_project, add foreign key (org_id, project_id) \
        references app.projects (org_id, id) on delete set null",
    ),
    (
        "L22",
        "alter table app.widgets drop constraint widgets_project, add foreign key (org_id, project_id) \
        references app.projects (org_id, id) on delete set null (project_id)",
    ),
    (
        "L23",
        "alter table app.widgets add number bigint generated always as identity",
    ),
    ("L23", "alter table app.widgets add number bigserial"),
    (
        "L24",
        "alter table app.widgets add foreign key (org_id) references ops.organization (org_id)",
    ),
    (
        "L24",
        "alter table ops.orphan add foreign key (org_id) references app.customers (org_id)",
    ),
    (
        "L25",
        "grant execute on function set_config(text, text, boolean) to public",
    ),
    ("L26", "grant select on ops.job to tenantry_worker"),
    (
        "L26",
        "grant update (state) on ops.webhook_inbox to tenantry_inbox",
    ),
    (
        "L27",
        "grant execute on function ops.claim_jobs(text[], integer, interval, timestamptz, integer) to public",
    ),
    (
        "L28",
        "create function app.loose() returns void language plpgsql set search_path = '' as \
        $$begin execute format('set local app.org_id = %L', 'org_bbbbbbbbbbbbbbbb'); end$$",
    ),
    (
        "L29",
        "create table app.loose (org_id uuid not null, id uuid, primary key (org_id, id))",
    ),
    ("L30", "alter table app.widgets owner to postgres"),
    (
        "L31",
        "do $$begin execute format('grant temporary on database %I to public', current_database()); end$$",
    ),
    (
        "L32",
        "revoke delete on app.widgets from tenantry_eraser, tenantry_worker",
    ),
    ("L33", "alter function app.seat_cut(text) rows 1000"),
];

#[tokio::test]
async fn the_migrated_schema_breaks_no_rule_for_whoever_asks() {
    let database = TestDatabase::create().await;
    assert_eq!(lint(&database.admin_url()).await.unwrap(), []);
    for role in DatabaseRole::ALL {
        assert_eq!(lint(&database.url(role)).await.unwrap(), []);
    }
}

#[tokio::test]
async fn the_readme_block_breaks_no_rule() {
    let database = TestDatabase::create().await;
    assert_eq!(database.findings_after(WIDGETS).await, []);
}

#[tokio::test]
async fn every_planted_defect_is_found_by_its_rule() {
    let database = TestDatabase::create().await;
    for (rule, defect) in DEFECTS {
        let planted = format!("{WIDGETS} {defect}");
        let findings = database.findings_after(&planted).await;
        assert!(
            findings
                .iter()
                .any(|finding| finding.rule.starts_with(rule)),
            "{rule} {defect}: {findings:?}"
        );
    }
}

#[test]
fn every_rule_has_a_planted_defect() {
    let rules = include_str!("../../src/catalog_lint.sql");
    let rules: BTreeSet<&str> = rules
        .match_indices("select 'L")
        .map(|(at, _)| &rules[at + 8..at + 11])
        .collect();
    let proved: BTreeSet<&str> = DEFECTS.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, proved);
}
