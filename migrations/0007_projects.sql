-- The example of a tenant-scoped resource; README.md has the block to copy.
create table app.projects (
    org_id text not null,
    id uuid not null,
    name text not null,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1,
    primary key (org_id, id),
    constraint projects_customer foreign key (org_id) references app.customers (org_id)
);

alter table app.projects enable row level security;
alter table app.projects force row level security;
create policy tenant on app.projects for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.projects to tenantry_api, tenantry_worker;
grant update (name, updated_at, version) on app.projects to tenantry_api, tenantry_worker;
