-- One customer for each tenant. An individual's row has no name and comes from no conversion.
create table app.customers (
    org_id text not null primary key,
    name text,
    display_name text,
    conversion_id uuid,
    suspended_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null default 1,
    constraint customers_kind check (
        (org_id ~ '^org_[A-Za-z0-9]{16}$' and name is not null and display_name is not null)
        or (org_id ~ '^ind_[0-9a-f]{32}$' and name is null and display_name is null and conversion_id is null)
    )
);

alter table app.customers enable row level security;
alter table app.customers force row level security;
create policy tenant on app.customers for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert on app.customers to tenantry_api, tenantry_worker;
grant update (display_name, suspended_at, updated_at, version) on app.customers to tenantry_api, tenantry_worker;
