-- Who belongs to an organization. E-mail, name and picture are for display: nothing is ever looked up by them.
create table app.memberships (
    org_id text not null,
    user_id text not null,
    issuer text not null,
    roles text[] not null,
    email text,
    name text,
    picture text,
    connection text,
    joined_at timestamptz not null,
    last_seen_at timestamptz,
    primary key (org_id, user_id),
    constraint memberships_customer foreign key (org_id) references app.customers (org_id),
    constraint memberships_of_organization check (org_id like 'org\_%'),
    constraint memberships_roles check (
        roles <@ array['org_admin', 'org_member', 'org_billing', 'org_readonly'] and array_position(roles, null) is null
    )
);

alter table app.memberships enable row level security;
alter table app.memberships force row level security;
create policy tenant on app.memberships for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.memberships to tenantry_api, tenantry_worker;
grant update (roles, email, name, picture, connection, last_seen_at) on app.memberships to tenantry_api, tenantry_worker;
