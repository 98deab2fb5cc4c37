-- Who did what. Never changed and never deleted by the product: no role has the grant.
create table app.audit_events (
    org_id text not null,
    id uuid not null,
    at timestamptz not null,
    actor text not null,
    action text not null,
    target text not null,
    request_id text,
    before jsonb,
    after jsonb,
    primary key (org_id, id),
    constraint audit_events_customer foreign key (org_id) references app.customers (org_id)
);

alter table app.audit_events enable row level security;
alter table app.audit_events force row level security;
create policy tenant on app.audit_events for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert on app.audit_events to tenantry_api, tenantry_worker;
