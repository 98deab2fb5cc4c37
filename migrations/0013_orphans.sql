-- Auth0 organizations with a marker of ours that no conversion claims; the sweep deletes what it saw twice.
create table ops.orphan (
    org_id text primary key,
    conversion_id uuid not null,
    first_seen_at timestamptz not null
);

create function ops.sight_orphan(p_org text, p_conversion uuid, p_now timestamptz) returns timestamptz
    language plpgsql security definer set search_path = ''
as $$
begin
    insert into ops.orphan (org_id, conversion_id, first_seen_at) values (p_org, p_conversion, p_now)
    on conflict (org_id) do nothing;
    return (select o.first_seen_at from ops.orphan o where o.org_id = p_org);
end
$$;
grant execute on function ops.sight_orphan(text, uuid, timestamptz) to tenantry_worker;

create function ops.forget_orphan(p_org text) returns void
    language sql security definer set search_path = ''
as $$
    delete from ops.orphan where org_id = p_org
$$;
grant execute on function ops.forget_orphan(text) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.sight_orphan(text,uuid,timestamp with time zone)', 'an orphan has no tenant here'),
    ('ops.forget_orphan(text)', 'an orphan has no tenant here');
