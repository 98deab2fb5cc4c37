-- Whose users an identity provider keeps at Auth0 by SCIM, and the tokens that it does so with. A secret is kept nowhere
-- but as its hash, by which one that was found somewhere can be told.
create table app.provisionings (
    org_id text not null,
    identity_provider text not null,
    connection_id text not null,
    user_id_attribute text not null,
    attributes jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (org_id, identity_provider),
    constraint provisionings_provider foreign key (org_id, identity_provider)
        references app.identity_providers (org_id, name) on delete cascade,
    constraint provisionings_connection check (connection_id ~ '^con_[a-zA-Z0-9]{16}$')
);

alter table app.provisionings enable row level security;
alter table app.provisionings force row level security;
create policy tenant on app.provisionings for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.provisionings to tenantry_api, tenantry_worker;
grant update (user_id_attribute, attributes, updated_at) on app.provisionings to tenantry_api, tenantry_worker;

create table app.scim_tokens (
    org_id text not null,
    id uuid not null,
    identity_provider text not null,
    -- Auth0's. Not known while Auth0 is asked for it; what belongs to it is filled in together.
    token_id text,
    secret_hash bytea,
    last_four text,
    scopes text[],
    valid_until timestamptz,
    created_at timestamptz not null,
    created_by text not null,
    primary key (org_id, id),
    constraint scim_tokens_token unique (org_id, token_id),
    constraint scim_tokens_provisioning foreign key (org_id, identity_provider)
        references app.provisionings (org_id, identity_provider) on delete cascade,
    constraint scim_tokens_token_id check (token_id ~ '^tok_[a-zA-Z0-9]{16}$'),
    constraint scim_tokens_secret check (
        (token_id is null) = (secret_hash is null) and (token_id is null) = (last_four is null)
    )
);

create index scim_tokens_by_provider on app.scim_tokens (org_id, identity_provider);

alter table app.scim_tokens enable row level security;
alter table app.scim_tokens force row level security;
create policy tenant on app.scim_tokens for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.scim_tokens to tenantry_api, tenantry_worker;
grant update (token_id, secret_hash, last_four, scopes, valid_until) on app.scim_tokens
    to tenantry_api, tenantry_worker;
