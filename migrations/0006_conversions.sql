-- A payment that becomes an organization, step by step. Lies in the buyer's own tenant.
create table app.conversions (
    org_id text not null,
    id uuid not null,
    issuer text not null,
    user_id text not null,
    plan text not null,
    billing_interval text not null,
    seats integer not null,
    lookup_key text not null,
    wanted_name text,
    display_name text,
    keep_projects_personal boolean not null,
    step text not null,
    try_no integer not null,
    auth0_org_id text,
    stripe_customer_id text,
    checkout_session_id text,
    stripe_subscription_id text,
    checkout_url text,
    paid_until timestamptz,
    fence bigint not null,
    last_error text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (org_id, id),
    constraint conversions_customer foreign key (org_id) references app.customers (org_id),
    constraint conversions_of_individual check (org_id like 'ind\_%'),
    constraint conversions_plan check (plan in ('personal', 'team', 'enterprise')),
    constraint conversions_billing_interval check (billing_interval in ('month', 'year')),
    constraint conversions_seats check (seats >= 1),
    constraint conversions_try_no check (try_no >= 0),
    constraint conversions_auth0_org_id check (auth0_org_id like 'org\_%'),
    constraint conversions_step check (step in ('requested', 'paid', 'named', 'organization_created', 'member_added',
        'role_set', 'committed', 'done', 'cancelling', 'cancelled', 'parked')),
    constraint conversions_organization check (
        step not in ('organization_created', 'member_added', 'role_set', 'committed')
        or auth0_org_id is not null or plan = 'personal'
    )
);

alter table app.conversions enable row level security;
alter table app.conversions force row level security;
create policy tenant on app.conversions for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert on app.conversions to tenantry_api, tenantry_worker;
grant update (plan, billing_interval, seats, lookup_key, wanted_name, display_name, keep_projects_personal, step, try_no,
    auth0_org_id, stripe_customer_id, checkout_session_id, stripe_subscription_id, checkout_url, paid_until, fence,
    last_error, updated_at) on app.conversions to tenantry_api, tenantry_worker;

-- The marker in an Auth0 organization is a conversion's id; the sweep asks whose it is.
create table ops.conversion_marker (
    conversion_id uuid primary key,
    org_id text not null,
    step text not null,
    auth0_org_id text
);

create function ops.note_conversion(p_conversion uuid, p_step text, p_auth0_org text) returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.conversion_marker as m (conversion_id, org_id, step, auth0_org_id)
    values (p_conversion, app.org(), p_step, p_auth0_org)
    on conflict (conversion_id) do update set step = excluded.step, auth0_org_id = excluded.auth0_org_id
    where m.org_id = app.org()
$$;
grant execute on function ops.note_conversion(uuid, text, text) to tenantry_api, tenantry_worker;

create function ops.conversion_of_marker(p_conversion uuid) returns table (org_id text, step text, auth0_org_id text)
    language sql stable security definer set search_path = ''
as $$
    select m.org_id, m.step, m.auth0_org_id from ops.conversion_marker m where m.conversion_id = p_conversion
$$;
grant execute on function ops.conversion_of_marker(uuid) to tenantry_worker;

-- A name is held by a conversion of the bound tenant, never by another's.
create function ops.claim_organization_name(p_name text, p_conversion uuid) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    if exists (
        select from ops.conversion_marker m where m.conversion_id = p_conversion and m.org_id <> app.org()
    ) then
        return false;
    end if;
    insert into ops.organization_name (name, conversion_id) values (p_name, p_conversion) on conflict (name) do nothing;
    return exists (
        select from ops.organization_name n where n.name = p_name and n.conversion_id = p_conversion
    );
end
$$;
grant execute on function ops.claim_organization_name(text, uuid) to tenantry_api, tenantry_worker;

create function ops.release_organization_name(p_name text, p_conversion uuid) returns void
    language sql security definer set search_path = ''
as $$
    delete from ops.organization_name n
    where n.name = p_name and n.conversion_id = p_conversion
      and not exists (select from ops.organization o where o.name = p_name)
      and not exists (
          select from ops.conversion_marker m where m.conversion_id = p_conversion and m.org_id <> app.org()
      )
$$;
grant execute on function ops.release_organization_name(text, uuid) to tenantry_api, tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.claim_organization_name(text,uuid)', 'names are unique across tenants'),
    ('ops.release_organization_name(text,uuid)', 'names are unique across tenants'),
    ('ops.note_conversion(uuid,text,text)', 'writes the bound tenant''s conversions into the directory'),
    ('ops.conversion_of_marker(uuid)', 'the sweep knows a marker before it knows the tenant');
