-- What the organization's administrators want of their own identity providers; a job makes Auth0 follow. No secret is
-- kept: `sealed_secrets` holds what Auth0 has not taken yet, readable with the deployment's key alone.
create table app.identity_providers (
    org_id text not null,
    name text not null,
    -- The connection's name at Auth0, which never changes, and its id, which is unknown before Auth0 has made it.
    connection_name text not null,
    connection_id text,
    strategy text not null,
    display_name text not null,
    show_as_button boolean not null,
    assign_membership_on_login boolean not null,
    is_enabled boolean not null,
    default_role text not null,
    options jsonb not null,
    -- What its own documents told, such as endpoints and certificates.
    discovered jsonb not null,
    secret_hints jsonb not null,
    sealed_secrets bytea,
    group_roles jsonb not null,
    state text not null,
    failure text,
    -- It is on its way out: to be deleted with its users, or to be left to Auth0.
    removal text,
    tested_at timestamptz,
    tested_by text,
    tested_claims jsonb,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null default 1,
    primary key (org_id, name),
    constraint identity_providers_connection unique (org_id, connection_id),
    constraint identity_providers_customer foreign key (org_id) references app.customers (org_id),
    constraint identity_providers_of_organization check (org_id like 'org\_%'),
    -- Without underscores, so that a name is never taken for an id.
    constraint identity_providers_name check (
        name ~ '^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$' and length(name) <= 100
    ),
    constraint identity_providers_connection_name check (
        connection_name ~ '^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$' and length(connection_name) <= 128
    ),
    constraint identity_providers_connection_id check (connection_id ~ '^con_[a-zA-Z0-9]{16}$'),
    constraint identity_providers_strategy check (
        strategy in ('oidc', 'samlp', 'okta', 'waad', 'google-apps', 'adfs', 'pingfederate')
    ),
    constraint identity_providers_default_role check (default_role in ('org_member', 'org_billing', 'org_readonly')),
    constraint identity_providers_state check (state in ('pending', 'ready', 'failed')),
    constraint identity_providers_failure check ((state = 'failed') = (failure is not null)),
    constraint identity_providers_removal check (removal in ('delete', 'detach')),
    constraint identity_providers_tested check (
        (tested_at is null) = (tested_by is null) and (tested_at is null) = (tested_claims is null)
    )
);

alter table app.identity_providers enable row level security;
alter table app.identity_providers force row level security;
create policy tenant on app.identity_providers for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.identity_providers to tenantry_api, tenantry_worker;
grant update (
    connection_id, display_name, show_as_button, assign_membership_on_login, is_enabled, default_role, options, discovered,
    secret_hints, sealed_secrets, group_roles, state, failure, removal, tested_at, tested_by, tested_claims, updated_at,
    version
) on app.identity_providers to tenantry_api, tenantry_worker;

-- The proved domains whose people the login sends to this identity provider.
create table app.identity_provider_domains (
    org_id text not null,
    identity_provider text not null,
    domain text not null,
    primary key (org_id, identity_provider, domain),
    constraint identity_provider_domains_provider foreign key (org_id, identity_provider)
        references app.identity_providers (org_id, name) on delete cascade,
    constraint identity_provider_domains_domain check (domain ~ '^[a-z0-9.-]{1,253}$')
);

alter table app.identity_provider_domains enable row level security;
alter table app.identity_provider_domains force row level security;
create policy tenant on app.identity_provider_domains for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.identity_provider_domains to tenantry_api, tenantry_worker;
