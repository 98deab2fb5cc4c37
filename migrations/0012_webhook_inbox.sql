-- Events as they came. Stored together with their job, before the sender is told that they arrived.
create table ops.webhook_inbox (
    provider text not null,
    event_id text not null,
    kind text not null,
    livemode boolean not null,
    account text,
    api_version text,
    created_at timestamptz not null,
    received_at timestamptz not null,
    body jsonb not null,
    state text not null default 'received',
    note text,
    primary key (provider, event_id),
    constraint webhook_inbox_provider check (provider in ('stripe', 'auth0')),
    constraint webhook_inbox_state check (state in ('received', 'done', 'ignored', 'quarantined'))
);
create index webhook_inbox_received_at on ops.webhook_inbox (received_at);

create type ops.webhook as (
    provider text,
    event_id text,
    kind text,
    livemode boolean,
    account text,
    api_version text,
    created_at timestamptz,
    body jsonb
);

-- True when it is new.
create function ops.receive_webhook(p_webhook ops.webhook, p_now timestamptz) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    insert into ops.webhook_inbox
        (provider, event_id, kind, livemode, account, api_version, created_at, body, received_at)
    values (p_webhook.provider, p_webhook.event_id, p_webhook.kind, p_webhook.livemode, p_webhook.account,
        p_webhook.api_version, p_webhook.created_at, p_webhook.body, p_now)
    on conflict (provider, event_id) do nothing;
    if not found then
        return false;
    end if;
    perform ops.put_job(null, p_webhook.provider || '_webhook', p_webhook.event_id,
        jsonb_build_object('event_id', p_webhook.event_id), p_now);
    return true;
end
$$;
grant execute on function ops.receive_webhook(ops.webhook, timestamptz) to tenantry_inbox;

create function ops.webhook(p_provider text, p_event_id text) returns setof ops.webhook_inbox
    language sql stable security definer set search_path = ''
as $$
    select w.* from ops.webhook_inbox w where w.provider = p_provider and w.event_id = p_event_id
$$;
grant execute on function ops.webhook(text, text) to tenantry_worker;

create function ops.mark_webhook(p_provider text, p_event_id text, p_state text, p_note text) returns void
    language sql security definer set search_path = ''
as $$
    update ops.webhook_inbox set state = p_state, note = p_note where provider = p_provider and event_id = p_event_id
$$;
grant execute on function ops.mark_webhook(text, text, text, text) to tenantry_worker;

create function ops.purge_webhooks(p_before timestamptz) returns bigint
    language plpgsql security definer set search_path = ''
as $$
declare
    v_events bigint;
begin
    delete from ops.webhook_inbox where received_at < p_before and state in ('done', 'ignored');
    get diagnostics v_events = row_count;
    return v_events;
end
$$;
grant execute on function ops.purge_webhooks(timestamptz) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.receive_webhook(ops.webhook,timestamp with time zone)', 'an event is stored before its tenant is known'),
    ('ops.webhook(text,text)', 'an event is read before its tenant is known'),
    ('ops.mark_webhook(text,text,text,text)', 'an event may belong to no tenant'),
    ('ops.purge_webhooks(timestamp with time zone)', 'housekeeping');
