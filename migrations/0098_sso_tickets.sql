-- Links under which a customer's administrator sets up single sign-on at Auth0. Whoever has such a link can do that, so it
-- is told once; here it is kept until it is over, for its revocation, readable with the deployment's key alone.
create table app.sso_tickets (
    org_id text not null,
    id uuid not null,
    -- Of the identity provider that comes of it, and of its connection at Auth0.
    name text not null,
    connection_name text not null,
    display_name text not null,
    state text not null,
    failure text,
    sealed_ticket bytea,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (org_id, id),
    constraint sso_tickets_customer foreign key (org_id) references app.customers (org_id),
    constraint sso_tickets_state check (state in ('pending', 'open', 'used', 'revoked', 'expired', 'failed')),
    constraint sso_tickets_failure check ((failure is not null) = (state = 'failed'))
);

alter table app.sso_tickets enable row level security;
alter table app.sso_tickets force row level security;
create policy tenant on app.sso_tickets for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.sso_tickets to tenantry_api, tenantry_worker;
grant update (state, failure, sealed_ticket, updated_at) on app.sso_tickets to tenantry_api, tenantry_worker;
