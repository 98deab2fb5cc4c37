-- The job queue. Leases are by the database's clock, run times by the caller's.
create table ops.job (
    id uuid primary key default gen_random_uuid(),
    org_id text,
    kind text not null,
    dedup_key text not null,
    payload jsonb not null,
    run_at timestamptz not null,
    run_again_at timestamptz,
    attempts integer not null default 0,
    fence bigint not null default 0,
    lease_until timestamptz,
    last_error text,
    parked_at timestamptz,
    enqueued_at timestamptz not null default clock_timestamp(),
    done_at timestamptz
);
create unique index job_dedup on ops.job (org_id, kind, dedup_key) nulls not distinct where done_at is null;
create index job_due on ops.job (run_at) where done_at is null and parked_at is null;
create index job_done on ops.job (done_at) where done_at is not null;

-- A waiting job is brought forward. A running one may have read the old state already, so it is run once more. A parked
-- one is tried again: what wants it is news.
create function ops.put_job(p_org text, p_kind text, p_dedup_key text, p_payload jsonb, p_run_at timestamptz)
    returns void
    language sql set search_path = ''
as $$
    insert into ops.job as j (org_id, kind, dedup_key, payload, run_at)
    values (p_org, p_kind, p_dedup_key, p_payload, p_run_at)
    on conflict (org_id, kind, dedup_key) where done_at is null do update set
        run_at = case
            when j.parked_at is not null then excluded.run_at
            when j.lease_until is null then least(j.run_at, excluded.run_at)
            else j.run_at
        end,
        attempts = case when j.parked_at is null then j.attempts else 0 end,
        parked_at = null,
        run_again_at = case when j.lease_until is not null then least(j.run_again_at, excluded.run_at) end
$$;

create function ops.enqueue(p_kind text, p_dedup_key text, p_payload jsonb, p_run_at timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    select ops.put_job(app.org(), p_kind, p_dedup_key, p_payload, p_run_at)
$$;
grant execute on function ops.enqueue(text, text, jsonb, timestamptz) to tenantry_api, tenantry_worker;

create function ops.enqueue_system(p_kind text, p_dedup_key text, p_payload jsonb, p_run_at timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    select ops.put_job(null, p_kind, p_dedup_key, p_payload, p_run_at)
$$;
grant execute on function ops.enqueue_system(text, text, jsonb, timestamptz) to tenantry_worker;

create function ops.claim_jobs(p_kinds text[], p_limit integer, p_lease interval, p_now timestamptz, p_per_tenant integer)
    returns table (id uuid, org_id text, kind text, payload jsonb, attempts integer, fence bigint)
    language plpgsql security definer set search_path = ''
as $$
begin
    -- One claim at a time: two at once would not count each other's jobs against the tenant's share.
    perform pg_advisory_xact_lock(hashtextextended('ops.claim_jobs', 0));
    return query
    with running as (
        select j.org_id, count(*) as jobs from ops.job j
        where j.done_at is null and j.parked_at is null and j.org_id is not null and j.lease_until > clock_timestamp()
        group by j.org_id
    ), due as (
        select j.id, j.org_id, j.run_at,
            row_number() over (partition by j.org_id order by j.run_at, j.id) as nth
        from ops.job j
        where j.done_at is null and j.parked_at is null and j.run_at <= p_now and j.kind = any (p_kinds)
          and (j.lease_until is null or j.lease_until <= clock_timestamp())
    ), fair as (
        select d.id from due d left join running r on r.org_id = d.org_id
        where d.org_id is null or d.nth + coalesce(r.jobs, 0) <= p_per_tenant
        order by d.run_at, d.id limit p_limit
    ), locked as (
        select j.id from ops.job j where j.id in (select f.id from fair f)
          -- Asked again on the newest row: its last holder may have finished it meanwhile.
          and j.done_at is null and j.parked_at is null
          and (j.lease_until is null or j.lease_until <= clock_timestamp())
        for update skip locked
    ), taken as (
        update ops.job j
        set attempts = j.attempts + 1, fence = j.fence + 1, lease_until = clock_timestamp() + p_lease
        from locked l where j.id = l.id
        returning j.id, j.org_id, j.kind, j.payload, j.attempts, j.fence, j.run_at
    )
    select t.id, t.org_id, t.kind, t.payload, t.attempts, t.fence from taken t order by t.run_at, t.id;
end
$$;
grant execute on function ops.claim_jobs(text[], integer, interval, timestamptz, integer) to tenantry_worker;

create function ops.complete_job(p_id uuid, p_fence bigint) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    update ops.job set
        lease_until = null,
        done_at = case when run_again_at is null then clock_timestamp() end,
        attempts = case when run_again_at is null then attempts else 0 end,
        run_at = coalesce(run_again_at, run_at),
        run_again_at = null
    where id = p_id and fence = p_fence and done_at is null and parked_at is null;
    return found;
end
$$;
grant execute on function ops.complete_job(uuid, bigint) to tenantry_worker;

create function ops.retry_job(p_id uuid, p_fence bigint, p_at timestamptz, p_error text) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    update ops.job set
        lease_until = null,
        run_at = least(p_at, run_again_at),
        run_again_at = null,
        last_error = p_error
    where id = p_id and fence = p_fence and done_at is null and parked_at is null;
    return found;
end
$$;
grant execute on function ops.retry_job(uuid, bigint, timestamptz, text) to tenantry_worker;

create function ops.park_job(p_id uuid, p_fence bigint, p_reason text) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    update ops.job set
        lease_until = null,
        parked_at = case when run_again_at is null then clock_timestamp() end,
        attempts = case when run_again_at is null then attempts else 0 end,
        run_at = coalesce(run_again_at, run_at),
        run_again_at = null,
        last_error = p_reason
    where id = p_id and fence = p_fence and done_at is null and parked_at is null;
    return found;
end
$$;
grant execute on function ops.park_job(uuid, bigint, text) to tenantry_worker;

create function ops.unpark_jobs(p_kind text, p_at timestamptz) returns bigint
    language plpgsql security definer set search_path = ''
as $$
declare
    v_jobs bigint;
begin
    update ops.job set parked_at = null, attempts = 0, run_at = p_at
    where kind = p_kind and parked_at is not null and done_at is null;
    get diagnostics v_jobs = row_count;
    return v_jobs;
end
$$;
grant execute on function ops.unpark_jobs(text, timestamptz) to tenantry_worker;

create function ops.extend_job(p_id uuid, p_fence bigint, p_lease interval) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    update ops.job set lease_until = clock_timestamp() + p_lease
    where id = p_id and fence = p_fence and done_at is null and parked_at is null and lease_until is not null;
    return found;
end
$$;
grant execute on function ops.extend_job(uuid, bigint, interval) to tenantry_worker;

create function ops.purge_done_jobs(p_before timestamptz) returns bigint
    language plpgsql security definer set search_path = ''
as $$
declare
    v_jobs bigint;
begin
    delete from ops.job where done_at < p_before;
    get diagnostics v_jobs = row_count;
    return v_jobs;
end
$$;
grant execute on function ops.purge_done_jobs(timestamptz) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.enqueue(text,text,jsonb,timestamp with time zone)', 'queues a job of the bound tenant'),
    ('ops.enqueue_system(text,text,jsonb,timestamp with time zone)', 'queues a job of no tenant'),
    ('ops.claim_jobs(text[],integer,interval,timestamp with time zone,integer)', 'a worker serves all tenants'),
    ('ops.complete_job(uuid,bigint)', 'a worker serves all tenants'),
    ('ops.retry_job(uuid,bigint,timestamp with time zone,text)', 'a worker serves all tenants'),
    ('ops.park_job(uuid,bigint,text)', 'a worker serves all tenants'),
    ('ops.unpark_jobs(text,timestamp with time zone)', 'an operator replays what was set aside'),
    ('ops.extend_job(uuid,bigint,interval)', 'a worker serves all tenants'),
    ('ops.purge_done_jobs(timestamp with time zone)', 'housekeeping');
