-- Test logins through an identity provider: begun by an administrator, back from Auth0 once, finished by a job.
create table app.identity_provider_tests (
    org_id text not null,
    id uuid not null,
    identity_provider text not null,
    started_by text not null,
    expires_at timestamptz not null,
    state text not null,
    failure text,
    -- What the code is exchanged with, until it has been.
    sealed_code bytea,
    claims jsonb,
    created_at timestamptz not null,
    primary key (org_id, id),
    constraint identity_provider_tests_provider foreign key (org_id, identity_provider)
        references app.identity_providers (org_id, name) on delete cascade,
    constraint identity_provider_tests_state check (state in ('open', 'returned', 'passed', 'failed')),
    constraint identity_provider_tests_failure check ((state = 'failed') = (failure is not null)),
    constraint identity_provider_tests_claims check ((state = 'passed') = (claims is not null)),
    constraint identity_provider_tests_code check ((state = 'returned') = (sealed_code is not null))
);

create index identity_provider_tests_latest
    on app.identity_provider_tests (org_id, identity_provider, started_by, created_at);

alter table app.identity_provider_tests enable row level security;
alter table app.identity_provider_tests force row level security;
create policy tenant on app.identity_provider_tests for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.identity_provider_tests to tenantry_api, tenantry_worker;
grant update (state, failure, sealed_code, claims) on app.identity_provider_tests to tenantry_api, tenantry_worker;

-- In which groups of their identity provider's directory a member was when Auth0 was read last.
create table app.member_groups (
    org_id text not null,
    user_id text not null,
    groups text[] not null,
    primary key (org_id, user_id),
    constraint member_groups_member foreign key (org_id, user_id)
        references app.memberships (org_id, user_id) on delete cascade
);

alter table app.member_groups enable row level security;
alter table app.member_groups force row level security;
create policy tenant on app.member_groups for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.member_groups to tenantry_api, tenantry_worker;
grant update (groups) on app.member_groups to tenantry_api, tenantry_worker;
