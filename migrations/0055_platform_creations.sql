-- Organizations that the back office has begun to create, beside their conversions: what a purchase does not say. They
-- lie in the back office's own tenant.
create table app.platform_creations (
    org_id text not null,
    id uuid not null,
    terms text not null,
    invitation_id uuid not null,
    admin_email text not null,
    admin_locale text,
    send_email boolean not null,
    ttl_seconds integer not null,
    external_reference text,
    metadata jsonb not null,
    client_id text not null,
    request_id text,
    created_at timestamptz not null,
    primary key (org_id, id),
    constraint platform_creations_conversion foreign key (org_id, id) references app.conversions (org_id, id),
    constraint platform_creations_terms check (terms in ('paid', 'comp')),
    constraint platform_creations_ttl check (ttl_seconds between 1 and 2592000)
);

alter table app.platform_creations enable row level security;
alter table app.platform_creations force row level security;
create policy tenant on app.platform_creations for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert on app.platform_creations to tenantry_api, tenantry_worker;
