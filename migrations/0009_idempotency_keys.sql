-- The first answer to a request, for its repeats. Status and body come together or not at all.
create table app.idempotency_keys (
    org_id text not null,
    user_id text not null,
    route text not null,
    key text not null,
    request_hash bytea not null,
    resource_id uuid,
    status smallint,
    body text,
    created_at timestamptz not null,
    primary key (org_id, user_id, route, key),
    constraint idempotency_keys_customer foreign key (org_id) references app.customers (org_id),
    constraint idempotency_keys_answer check ((status is null) = (body is null))
);

alter table app.idempotency_keys enable row level security;
alter table app.idempotency_keys force row level security;
create policy tenant on app.idempotency_keys for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.idempotency_keys to tenantry_api, tenantry_worker;
grant update (resource_id, status, body) on app.idempotency_keys to tenantry_api, tenantry_worker;
