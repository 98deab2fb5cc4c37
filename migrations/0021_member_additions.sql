-- Users who are to become members, until Auth0 has them: a membership is granted here last.
create table app.member_additions (
    org_id text not null,
    user_id text not null,
    issuer text not null,
    roles text[] not null,
    requested_by text not null,
    request_id text,
    requested_at timestamptz not null,
    primary key (org_id, user_id),
    constraint member_additions_customer foreign key (org_id) references app.customers (org_id),
    constraint member_additions_of_organization check (org_id like 'org\_%'),
    constraint member_additions_roles check (
        roles <@ array['org_admin', 'org_member', 'org_billing', 'org_readonly']
        and array_position(roles, null) is null and cardinality(roles) > 0
    )
);

alter table app.member_additions enable row level security;
alter table app.member_additions force row level security;
create policy tenant on app.member_additions for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.member_additions to tenantry_api, tenantry_worker;
grant update (issuer, roles, requested_by, request_id, requested_at) on app.member_additions
    to tenantry_api, tenantry_worker;
