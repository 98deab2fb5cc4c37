-- What the back office looks up across tenants: the directory learns each organization's plan and standing, and a role
-- of its own reads it. The API's own role gains no door. Nothing of an organization's content is here.
alter table ops.organization
    add column plan text,
    add column status text,
    add column status_until timestamptz,
    add column status_after text,
    add column suspended_at timestamptz,
    add column external_reference text collate "C",
    add column name_key text collate "C" generated always as (name) stored,
    add column display_key text collate "C" generated always as (lower(display_name)) stored;
create unique index organization_by_name on ops.organization (name_key);
create index organization_by_display_name on ops.organization (display_key);
create index organization_by_external_reference on ops.organization (external_reference)
    where external_reference is not null;
create index organization_without_plan on ops.organization (org_id) where plan is null;

alter table app.customers
    add column external_reference text,
    add column imported_by uuid;
grant update (external_reference, imported_by) on app.customers to tenantry_api, tenantry_worker;

grant select on app_meta.global_table, app_meta.definer_function, app_meta.allowed_trigger to tenantry_platform;

-- A status that ends by the clock alone is kept with what follows it.
create function ops.note_subscription(p_plan text, p_status text, p_until timestamptz, p_after text) returns void
    language sql security definer set search_path = ''
as $$
    update ops.organization set plan = p_plan, status = p_status, status_until = p_until, status_after = p_after
    where org_id = app.org()
$$;
grant execute on function ops.note_subscription(text, text, timestamptz, text) to tenantry_api, tenantry_worker;

create function ops.note_suspension(p_at timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    update ops.organization set suspended_at = p_at where org_id = app.org() and suspended_at is distinct from p_at
$$;
grant execute on function ops.note_suspension(timestamptz) to tenantry_api, tenantry_worker;

create function ops.note_external_reference(p_reference text) returns void
    language sql security definer set search_path = ''
as $$
    update ops.organization set external_reference = p_reference where org_id = app.org()
$$;
grant execute on function ops.note_external_reference(text) to tenantry_api, tenantry_worker;

-- Those from before the directory knew plans; the worker opens each and notes it.
create function ops.organizations_without_plan(p_after text, p_limit integer) returns setof text
    language sql stable security definer set search_path = ''
as $$
    select o.org_id from ops.organization o where o.plan is null and o.org_id > p_after order by o.org_id limit p_limit
$$;
grant execute on function ops.organizations_without_plan(text, integer) to tenantry_worker;

create type ops.organization_filter as (search text, plan text, status text, suspended boolean);

-- By name. Planned for the values at hand: with a search few rows are found by their keys, without one the names are
-- walked.
create function ops.platform_organizations(
    p_filter ops.organization_filter, p_after text, p_limit integer, p_now timestamptz
)
    returns table (org_id text, name text, display_name text, external_reference text, plan text, status text,
        suspended_at timestamptz, created_at timestamptz)
    language plpgsql stable security definer set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
    v_low text := lower((p_filter).search);
    v_high text := lower((p_filter).search) || chr(1114111);
    v_reference text := (p_filter).search;
    v_plan text := (p_filter).plan;
    v_status text := (p_filter).status;
    v_suspended boolean := (p_filter).suspended;
begin
    return query
    select f.org_id, f.name, f.display_name, f.external_reference::text, f.plan, f.current_status, f.suspended_at,
        f.created_at
    from (
        select o.*, case when o.status_until is null or p_now < o.status_until then o.status
            else o.status_after end as current_status
        from ops.organization o
    ) f
    where f.name_key > p_after
      and (v_low is null
          or (f.name_key >= v_low and f.name_key < v_high)
          or (f.display_key >= v_low and f.display_key < v_high)
          or (f.external_reference >= v_reference and f.external_reference < v_reference || chr(1114111)))
      and (v_plan is null or f.plan = v_plan)
      and (v_status is null or f.current_status = v_status)
      and (v_suspended is null or (f.suspended_at is not null) = v_suspended)
    order by f.name_key limit p_limit;
end
$$;
grant execute on function ops.platform_organizations(ops.organization_filter, text, integer, timestamptz)
    to tenantry_platform;

insert into app_meta.definer_function (signature, reason) values
    ('ops.note_subscription(text,text,timestamp with time zone,text)', 'writes the bound tenant''s entry in the directory'),
    ('ops.note_suspension(timestamp with time zone)', 'writes the bound tenant''s entry in the directory'),
    ('ops.note_external_reference(text)', 'writes the bound tenant''s entry in the directory'),
    ('ops.organizations_without_plan(text,integer)', 'the worker completes the directory'),
    ('ops.platform_organizations(ops.organization_filter,text,integer,timestamp with time zone)',
        'the back office lists organizations; only its own role may call it');
