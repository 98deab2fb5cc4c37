-- Imports of organizations that Auth0 had before us, and what became of each. In the back office's own tenant.
create table app.platform_imports (
    org_id text not null,
    id uuid not null,
    whole_tenant boolean not null,
    dry_run boolean not null,
    plan text not null,
    billing_interval text not null,
    seats integer,
    terms text not null,
    runs_until timestamptz not null,
    may_exceed_seats boolean not null,
    position text,
    listed boolean not null,
    client_id text not null,
    request_id text,
    created_at timestamptz not null,
    done_at timestamptz,
    primary key (org_id, id),
    constraint platform_imports_customer foreign key (org_id) references app.customers (org_id),
    constraint platform_imports_terms check (terms in ('paid', 'comp')),
    constraint platform_imports_seats check (seats >= 1)
);

alter table app.platform_imports enable row level security;
alter table app.platform_imports force row level security;
create policy tenant on app.platform_imports for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert on app.platform_imports to tenantry_api, tenantry_worker;
grant update (position, listed, done_at) on app.platform_imports to tenantry_api, tenantry_worker;

create table app.platform_import_items (
    org_id text not null,
    import_id uuid not null,
    auth0_org_id text not null,
    outcome text not null,
    why text,
    name text,
    members integer,
    needs_admin boolean,
    primary key (org_id, import_id, auth0_org_id),
    constraint platform_import_items_import foreign key (org_id, import_id)
        references app.platform_imports (org_id, id) on delete cascade,
    constraint platform_import_items_outcome check (
        outcome in ('pending', 'importable', 'imported', 'already_ours', 'refused')
    ),
    constraint platform_import_items_why check ((outcome = 'refused') = (why is not null))
);
create index platform_import_items_pending on app.platform_import_items (org_id, import_id, auth0_org_id)
    where outcome = 'pending';

alter table app.platform_import_items enable row level security;
alter table app.platform_import_items force row level security;
create policy tenant on app.platform_import_items for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert on app.platform_import_items to tenantry_api, tenantry_worker;
grant update (outcome, why, name, members, needs_admin) on app.platform_import_items to tenantry_api, tenantry_worker;
