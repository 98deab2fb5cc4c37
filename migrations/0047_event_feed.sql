-- The pull of Auth0's events: one consumer at a time, and how far it has come. Leases are by the database's clock.
create table ops.event_feed (
    provider text primary key,
    offset_text text,
    -- Where to begin while there is no offset yet, by the caller's clock.
    since timestamptz,
    -- Events may have been missed before this offset: everything is to be compared.
    has_gap boolean not null default true,
    holder uuid,
    lease_until timestamptz,
    heard_at timestamptz,
    constraint event_feed_provider check (provider = 'auth0')
);
insert into ops.event_feed (provider) values ('auth0');

-- When an event last came by push, and by whichever way one was last applied for the tenant.
create table ops.event_push (
    provider text primary key,
    received_at timestamptz not null
);
alter table ops.mirror
    add column event_received_at timestamptz,
    add column event_applied_at timestamptz;

-- No row while somebody else holds it.
create function ops.claim_event_feed(p_holder uuid, p_lease interval)
    returns table (offset_text text, since timestamptz, has_gap boolean)
    language sql security definer set search_path = ''
as $$
    update ops.event_feed f set holder = p_holder, lease_until = clock_timestamp() + p_lease
    where f.provider = 'auth0'
      and (f.holder = p_holder or f.lease_until is null or f.lease_until <= clock_timestamp())
    returning f.offset_text, f.since, f.has_gap
$$;
grant execute on function ops.claim_event_feed(uuid, interval) to tenantry_worker;

-- False when somebody else has taken it over.
create function ops.hold_event_feed(p_holder uuid, p_lease interval, p_heard boolean) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    update ops.event_feed set lease_until = clock_timestamp() + p_lease,
        heard_at = case when p_heard then clock_timestamp() else heard_at end
    where provider = 'auth0' and holder = p_holder;
    return found;
end
$$;
grant execute on function ops.hold_event_feed(uuid, interval, boolean) to tenantry_worker;

create function ops.release_event_feed(p_holder uuid) returns void
    language sql security definer set search_path = ''
as $$
    update ops.event_feed set holder = null, lease_until = null, heard_at = null
    where provider = 'auth0' and holder = p_holder
$$;
grant execute on function ops.release_event_feed(uuid) to tenantry_worker;

-- The event and then its offset, or neither; false when somebody else has taken the feed over.
create function ops.pull_event(p_holder uuid, p_offset text, p_webhook ops.webhook, p_now timestamptz) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    perform from ops.event_feed where provider = 'auth0' and holder = p_holder for update;
    if not found then
        return false;
    end if;
    -- Not "is not null": a row is that only when all of its fields are.
    if not (p_webhook is null) then
        perform ops.receive_webhook(p_webhook, p_now);
    end if;
    update ops.event_feed set offset_text = p_offset, heard_at = clock_timestamp() where provider = 'auth0';
    return true;
end
$$;
grant execute on function ops.pull_event(uuid, text, ops.webhook, timestamptz) to tenantry_worker;

-- Auth0 does not know the offset any more.
create function ops.forget_event_offset(p_holder uuid) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    update ops.event_feed set offset_text = null, since = null, has_gap = true
    where provider = 'auth0' and holder = p_holder;
    return found;
end
$$;
grant execute on function ops.forget_event_offset(uuid) to tenantry_worker;

-- The feed runs again, from `p_since` at the latest: what happened before is found by comparing every organization.
create function ops.close_event_gap(p_holder uuid, p_since timestamptz, p_now timestamptz) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    update ops.event_feed set has_gap = false, since = p_since where provider = 'auth0' and holder = p_holder;
    if not found then
        return false;
    end if;
    insert into ops.mirror as m (org_id, hinted_at) select o.org_id, p_now from ops.organization o
    on conflict (org_id) do update set hinted_at = greatest(m.hinted_at, excluded.hinted_at);
    perform ops.put_job(null, 'reconcile', 'reconcile', '{}', p_now);
    return true;
end
$$;
grant execute on function ops.close_event_gap(uuid, timestamptz, timestamptz) to tenantry_worker;

create function ops.note_push(p_provider text) returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.event_push as p (provider, received_at) values (p_provider, clock_timestamp())
    on conflict (provider) do update set received_at = excluded.received_at
    -- Hardly ever, so that many at once do not wait for one another.
    where p.received_at < clock_timestamp() - interval '10 seconds'
$$;
grant execute on function ops.note_push(text) to tenantry_inbox;

create function ops.note_event_applied(p_received timestamptz, p_now timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.mirror as m (org_id, event_received_at, event_applied_at) values (app.org(), p_received, p_now)
    on conflict (org_id) do update set event_received_at = greatest(m.event_received_at, excluded.event_received_at),
        event_applied_at = greatest(m.event_applied_at, excluded.event_applied_at)
$$;
grant execute on function ops.note_event_applied(timestamptz, timestamptz) to tenantry_worker;

create function ops.mirror_health()
    returns table (reconciled_at timestamptz, drift_at timestamptz, added integer, removed integer, changed integer,
        added_ever bigint, removed_ever bigint, changed_ever bigint, event_received_at timestamptz,
        event_applied_at timestamptz, pull_silence double precision, push_silence double precision)
    language sql stable security definer set search_path = ''
as $$
    select m.reconciled_at, m.drift_at, m.added, m.removed, m.changed, m.added_ever, m.removed_ever, m.changed_ever,
        m.event_received_at, m.event_applied_at,
        extract(epoch from clock_timestamp() - f.heard_at)::double precision,
        extract(epoch from clock_timestamp() - p.received_at)::double precision
    from ops.event_feed f
    left join ops.mirror m on m.org_id = app.org()
    left join ops.event_push p on p.provider = f.provider
    where f.provider = 'auth0'
$$;
grant execute on function ops.mirror_health() to tenantry_api, tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.claim_event_feed(uuid,interval)', 'events are pulled for all tenants'),
    ('ops.hold_event_feed(uuid,interval,boolean)', 'events are pulled for all tenants'),
    ('ops.release_event_feed(uuid)', 'events are pulled for all tenants'),
    ('ops.pull_event(uuid,text,ops.webhook,timestamp with time zone)', 'an event is stored before its tenant is known'),
    ('ops.forget_event_offset(uuid)', 'events are pulled for all tenants'),
    ('ops.close_event_gap(uuid,timestamp with time zone,timestamp with time zone)', 'a gap concerns all tenants'),
    ('ops.note_push(text)', 'an event comes before its tenant is known'),
    ('ops.note_event_applied(timestamp with time zone,timestamp with time zone)', 'writes the bound tenant''s own state'),
    ('ops.mirror_health()', 'reads the bound tenant''s own state and whether events arrive at all');
