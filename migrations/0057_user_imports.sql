-- Users that the back office brings into an organization, a row for each, until Auth0 has them and they are members.
-- A password's hash is kept only until Auth0 has it.
create table app.user_imports (
    org_id text not null,
    id uuid not null,
    connection text not null,
    client_id text not null,
    request_id text,
    created_at timestamptz not null,
    done_at timestamptz,
    primary key (org_id, id),
    constraint user_imports_customer foreign key (org_id) references app.customers (org_id),
    constraint user_imports_of_organization check (org_id like 'org\_%')
);

alter table app.user_imports enable row level security;
alter table app.user_imports force row level security;
create policy tenant on app.user_imports for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.user_imports to tenantry_api, tenantry_worker;
grant update (done_at) on app.user_imports to tenantry_api, tenantry_worker;

create table app.user_import_rows (
    org_id text not null,
    import_id uuid not null,
    number integer not null,
    row_id uuid not null,
    email text not null,
    name text,
    roles text[] not null,
    external_id text,
    password_hash text,
    auth0_job text,
    outcome text not null,
    why text,
    user_id text,
    primary key (org_id, import_id, number),
    constraint user_import_rows_import foreign key (org_id, import_id)
        references app.user_imports (org_id, id) on delete cascade,
    constraint user_import_rows_roles check (
        roles <@ array['org_admin', 'org_member', 'org_billing', 'org_readonly']
        and array_position(roles, null) is null and cardinality(roles) > 0
    ),
    constraint user_import_rows_outcome check (outcome in ('pending', 'stored', 'created', 'updated', 'failed')),
    constraint user_import_rows_why check ((outcome = 'failed') = (why is not null)),
    constraint user_import_rows_secret check (outcome = 'pending' or password_hash is null)
);
create index user_import_rows_waiting on app.user_import_rows (org_id, import_id, number)
    where outcome in ('pending', 'stored');

alter table app.user_import_rows enable row level security;
alter table app.user_import_rows force row level security;
create policy tenant on app.user_import_rows for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.user_import_rows to tenantry_api, tenantry_worker;
grant update (password_hash, auth0_job, outcome, why, user_id) on app.user_import_rows to tenantry_api, tenantry_worker;
