-- What an operator has to look at: events that were set aside, and jobs that gave up.
create function ops.dead_letters() returns table (kind text, id text, since timestamptz, what text, note text)
    language sql stable security definer set search_path = ''
as $$
    select 'event', w.event_id, w.received_at, w.kind, w.note
    from ops.webhook_inbox w where w.provider = 'stripe' and w.state = 'quarantined'
    union all
    select 'job', j.id::text, j.parked_at, j.kind, j.last_error
    from ops.job j where j.parked_at is not null and j.done_at is null
    order by 3, 2
$$;
grant execute on function ops.dead_letters() to tenantry_worker;

create function ops.replay_stripe_event(p_event_id text, p_now timestamptz) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    update ops.webhook_inbox set state = 'received', note = null where provider = 'stripe' and event_id = p_event_id;
    if not found then
        return false;
    end if;
    perform ops.put_job(null, 'stripe_webhook', p_event_id, jsonb_build_object('event_id', p_event_id), p_now);
    return true;
end
$$;
grant execute on function ops.replay_stripe_event(text, timestamptz) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.dead_letters()', 'an operator sees what was set aside, whosever it is'),
    ('ops.replay_stripe_event(text,timestamp with time zone)', 'an operator replays what was set aside');
