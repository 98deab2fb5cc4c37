-- How the copy of each organization's members stands against Auth0, and what the last comparison found.
create table ops.mirror (
    org_id text primary key,
    hinted_at timestamptz,
    reconciled_at timestamptz,
    drift_at timestamptz,
    added integer not null default 0,
    removed integer not null default 0,
    changed integer not null default 0,
    added_ever bigint not null default 0,
    removed_ever bigint not null default 0,
    changed_ever bigint not null default 0
);

-- Who was taken out of an organization here, by the database's clock. Auth0 may list them for a while yet.
create table ops.departure (
    org_id text not null,
    user_id text not null,
    departed_at timestamptz not null default clock_timestamp(),
    primary key (org_id, user_id)
);
create index departure_departed_at on ops.departure (departed_at);

create or replace function ops.forget_membership(p_issuer text, p_user text) returns void
    language sql security definer set search_path = ''
as $$
    delete from ops.membership_hint where issuer = p_issuer and user_id = p_user and org_id = app.org();
    insert into ops.departure (org_id, user_id) values (app.org(), p_user)
    on conflict (org_id, user_id) do update set departed_at = excluded.departed_at
$$;

create function ops.departed_within(p_user text, p_settling interval) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (
        select from ops.departure d
        where d.org_id = app.org() and d.user_id = p_user and d.departed_at > clock_timestamp() - p_settling
    )
$$;
grant execute on function ops.departed_within(text, interval) to tenantry_worker;

create function ops.hint_mirror(p_now timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.mirror as m (org_id, hinted_at) values (app.org(), p_now)
    on conflict (org_id) do update set hinted_at = greatest(m.hinted_at, excluded.hinted_at)
$$;
grant execute on function ops.hint_mirror(timestamptz) to tenantry_worker;

-- Those with news since their last comparison first, the newest news first; then the longest not compared.
create function ops.organizations_to_reconcile(p_before timestamptz, p_limit integer) returns setof text
    language sql stable security definer set search_path = ''
as $$
    select o.org_id from ops.organization o left join ops.mirror m on m.org_id = o.org_id
    where m.reconciled_at is null or m.reconciled_at <= p_before or m.hinted_at > m.reconciled_at
    order by case when m.reconciled_at is null or m.hinted_at > m.reconciled_at
        then coalesce(m.hinted_at, o.created_at) end desc nulls last, m.reconciled_at, o.org_id
    limit p_limit
$$;
grant execute on function ops.organizations_to_reconcile(timestamptz, integer) to tenantry_worker;

create function ops.note_reconciled(p_started timestamptz, p_added integer, p_removed integer, p_changed integer)
    returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.mirror (org_id) values (app.org()) on conflict (org_id) do nothing;
    update ops.mirror set reconciled_at = p_started where org_id = app.org();
    update ops.mirror set drift_at = p_started, added = p_added, removed = p_removed, changed = p_changed,
        added_ever = added_ever + p_added, removed_ever = removed_ever + p_removed,
        changed_ever = changed_ever + p_changed
    where org_id = app.org() and p_added + p_removed + p_changed > 0
$$;
grant execute on function ops.note_reconciled(timestamptz, integer, integer, integer) to tenantry_worker;

create function ops.mirror_state()
    returns table (reconciled_at timestamptz, drift_at timestamptz, added integer, removed integer, changed integer)
    language sql stable security definer set search_path = ''
as $$
    select m.reconciled_at, m.drift_at, m.added, m.removed, m.changed from ops.mirror m where m.org_id = app.org()
$$;
grant execute on function ops.mirror_state() to tenantry_api, tenantry_worker;

create function ops.organizations_of_person(p_issuer text, p_user text) returns setof text
    language sql stable security definer set search_path = ''
as $$
    select h.org_id from ops.membership_hint h where h.issuer = p_issuer and h.user_id = p_user order by h.org_id
$$;
grant execute on function ops.organizations_of_person(text, text) to tenantry_worker;

create function ops.purge_departures(p_kept interval) returns bigint
    language plpgsql security definer set search_path = ''
as $$
declare
    v_departures bigint;
begin
    delete from ops.departure where departed_at < clock_timestamp() - p_kept;
    get diagnostics v_departures = row_count;
    return v_departures;
end
$$;
grant execute on function ops.purge_departures(interval) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.departed_within(text,interval)', 'asks for the bound tenant''s own members'),
    ('ops.hint_mirror(timestamp with time zone)', 'writes the bound tenant''s own state'),
    ('ops.organizations_to_reconcile(timestamp with time zone,integer)', 'the worker walks all organizations'),
    ('ops.note_reconciled(timestamp with time zone,integer,integer,integer)', 'writes the bound tenant''s own state'),
    ('ops.mirror_state()', 'reads the bound tenant''s own state'),
    ('ops.organizations_of_person(text,text)', 'an event of a person concerns all of their organizations'),
    ('ops.purge_departures(interval)', 'housekeeping');
