-- Where an organization's people have their passwords: in the connection that all share, or in one of its own. No row is
-- the shared one. What is wanted is said here; a job makes Auth0 follow.
create table app.user_stores (
    org_id text not null primary key,
    kind text not null,
    state text not null,
    failure text,
    connection_name text not null,
    updated_at timestamptz not null,
    version bigint not null default 1,
    constraint user_stores_customer foreign key (org_id) references app.customers (org_id),
    constraint user_stores_of_organization check (org_id like 'org\_%'),
    constraint user_stores_kind check (kind in ('shared', 'both', 'own')),
    constraint user_stores_state check (state in ('pending', 'ready', 'failed')),
    constraint user_stores_failure check ((state = 'failed') = (failure is not null)),
    -- Letters, digits and single hyphens, as Auth0 wants it; it never changes.
    constraint user_stores_connection_name check (
        connection_name ~ '^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$' and length(connection_name) <= 128
    )
);

alter table app.user_stores enable row level security;
alter table app.user_stores force row level security;
create policy tenant on app.user_stores for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.user_stores to tenantry_api, tenantry_worker;
grant update (kind, state, failure, updated_at, version) on app.user_stores to tenantry_api, tenantry_worker;
