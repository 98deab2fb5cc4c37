-- Tenants that are to go. A row is the request, then the saga's state, and in the end the tombstone: of an organization
-- its id, the hash of its name, when and by whom; of a person the hash of who they were, so that a token from before is
-- refused and a trial is had once. Stripe's ids lead to the invoices, which the law wants kept and Stripe keeps.
create table ops.deletion (
    org_id text primary key,
    requested_by text not null,
    requested_at timestamptz not null,
    deletes_at timestamptz not null,
    restored_at timestamptz,
    -- The subscription was to end already, so a restored organization does not have it resumed.
    was_ending boolean not null,
    started_at timestamptz,
    name text,
    name_hash bytea,
    issuer text,
    user_id text,
    person_hash bytea,
    connection_name text,
    stripe_ids text[] not null default '{}',
    finished_at timestamptz,
    constraint deletion_is_over check (restored_at is null or started_at is null),
    constraint deletion_finished check (
        finished_at is null
        or (started_at is not null and name is null and issuer is null and user_id is null and connection_name is null)
    )
);
create index deletion_person_hash on ops.deletion (person_hash);
create index deletion_stripe_ids on ops.deletion using gin (stripe_ids);
create index membership_hint_org_id on ops.membership_hint (org_id);

create function ops.person_hash(p_issuer text, p_user text) returns bytea
    language sql immutable set search_path = ''
as $$
    select sha256(convert_to(p_issuer || E'\n' || p_user, 'UTF8'))
$$;

create function ops.deletion()
    returns table (requested_by text, requested_at timestamptz, deletes_at timestamptz, restored_at timestamptz,
        was_ending boolean, started_at timestamptz)
    language sql stable security definer set search_path = ''
as $$
    select d.requested_by, d.requested_at, d.deletes_at, d.restored_at, d.was_ending, d.started_at
    from ops.deletion d where d.org_id = app.org()
$$;
grant execute on function ops.deletion() to tenantry_api, tenantry_worker;

-- False when it has been requested already; that request stands.
create function ops.request_deletion(p_by text, p_now timestamptz, p_deletes_at timestamptz, p_was_ending boolean)
    returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    insert into ops.deletion as d (org_id, requested_by, requested_at, deletes_at, was_ending)
    values (app.org(), p_by, p_now, p_deletes_at, p_was_ending)
    on conflict (org_id) do update set requested_by = excluded.requested_by, requested_at = excluded.requested_at,
        deletes_at = excluded.deletes_at, was_ending = excluded.was_ending, restored_at = null
    where d.restored_at is not null;
    return found;
end
$$;
grant execute on function ops.request_deletion(text, timestamptz, timestamptz, boolean) to tenantry_api;

-- False when there is nothing to take back.
create function ops.restore_tenant(p_now timestamptz) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    update ops.deletion set restored_at = p_now
    where org_id = app.org() and restored_at is null and started_at is null;
    return found;
end
$$;
grant execute on function ops.restore_tenant(timestamptz) to tenantry_api;

-- From the commit on this person is refused. Due at once.
create function ops.close_person(p_issuer text, p_user text, p_now timestamptz) returns void
    language plpgsql security definer set search_path = ''
as $$
begin
    if not exists (
        select from ops.person p
        where p.issuer = p_issuer and p.user_id = p_user and p.individual_id = app.org()
    ) then
        raise exception 'the bound tenant is not this person''s' using errcode = '28000';
    end if;
    insert into ops.deletion
        (org_id, requested_by, requested_at, deletes_at, was_ending, issuer, user_id, person_hash)
    values (app.org(), p_user, p_now, p_now, true, p_issuer, p_user, ops.person_hash(p_issuer, p_user))
    on conflict (org_id) do nothing;
end
$$;
grant execute on function ops.close_person(text, text, timestamptz) to tenantry_api;

-- Whether a token that was issued then is from before the end of its person's account, or of one that is just ending;
-- and whether they had an account before.
create function ops.standing(p_issuer text, p_user text, p_issued_at timestamptz)
    returns table (is_closed boolean, was_here boolean)
    language sql stable security definer set search_path = ''
as $$
    select coalesce(bool_or(d.finished_at is null or p_issued_at <= d.finished_at), false), count(*) > 0
    from ops.deletion d where d.person_hash = ops.person_hash(p_issuer, p_user)
$$;
grant execute on function ops.standing(text, text, timestamptz) to tenantry_api, tenantry_worker;

-- As app.open_individual, which the version before calls; without an individual when the account is closed.
create function app.open_person(p_issuer text, p_user text, p_new text, p_now timestamptz, p_issued_at timestamptz)
    returns table (individual_id text, created boolean, was_here boolean)
    language plpgsql set search_path = ''
as $$
declare
    v_standing record;
    v_opened record;
begin
    select * into strict v_standing from ops.standing(p_issuer, p_user, p_issued_at);
    if v_standing.is_closed then
        return;
    end if;
    select * into strict v_opened from app.open_individual(p_issuer, p_user, p_new, p_now);
    return query select v_opened.individual_id, v_opened.created, v_standing.was_here;
end
$$;
grant execute on function app.open_person(text, text, text, timestamptz, timestamptz) to tenantry_api, tenantry_worker;

-- The point of no return: takes down what the remote steps will need, and queues them. False when it is not due, was
-- taken back or has begun.
create function ops.begin_erasure(p_now timestamptz, p_connection_name text) returns boolean
    language plpgsql security definer set search_path = ''
as $$
declare
    v_org text := app.org();
begin
    update ops.deletion d set
        started_at = p_now,
        connection_name = p_connection_name,
        name = o.name,
        name_hash = sha256(convert_to(o.name, 'UTF8')),
        stripe_ids = array(select s.stripe_id from ops.stripe_object s where s.org_id = v_org order by s.stripe_id)
    from (select v_org as org_id) bound left join ops.organization o on o.org_id = bound.org_id
    where d.org_id = bound.org_id and d.deletes_at <= p_now and d.restored_at is null and d.started_at is null;
    if not found then
        return false;
    end if;
    delete from ops.person where individual_id = v_org;
    -- An organization that this individual founded lives on, and so does its mark.
    update ops.conversion_marker set org_id = auth0_org_id
    where org_id = v_org and auth0_org_id is not null and step in ('committed', 'done');
    perform ops.put_job(null, 'erasure', v_org, jsonb_build_object('org_id', v_org), p_now);
    return true;
end
$$;
grant execute on function ops.begin_erasure(timestamptz, text) to tenantry_worker;

create function ops.erasure()
    returns table (issuer text, user_id text, connection_name text, stripe_ids text[])
    language sql stable security definer set search_path = ''
as $$
    select d.issuer, d.user_id, d.connection_name, d.stripe_ids from ops.deletion d
    where d.org_id = app.org() and d.started_at is not null and d.finished_at is null
$$;
grant execute on function ops.erasure() to tenantry_worker;

-- What is left is the tombstone; the name is free again.
create function ops.finish_erasure(p_now timestamptz) returns void
    language plpgsql security definer set search_path = ''
as $$
begin
    delete from ops.organization_name n using ops.deletion d
    where d.org_id = app.org() and d.started_at is not null and n.name = d.name
      and not exists (select from ops.organization o where o.name = n.name);
    delete from ops.account a using ops.deletion d
    where d.org_id = app.org() and d.started_at is not null and a.issuer = d.issuer and a.user_id = d.user_id;
    update ops.deletion set finished_at = p_now, name = null, issuer = null, user_id = null, connection_name = null,
        requested_by = case when person_hash is null then requested_by else 'self' end
    where org_id = app.org() and started_at is not null and finished_at is null;
end
$$;
grant execute on function ops.finish_erasure(timestamptz) to tenantry_worker;

create function ops.was_erased(p_stripe_id text) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (select from ops.deletion d where d.stripe_ids @> array[p_stripe_id])
$$;
grant execute on function ops.was_erased(text) to tenantry_worker;

-- The one door through which the audit trail and everything else of a tenant is deleted. Its owner is subject to the
-- tenant tables' policies like the worker, so it reaches the rows of the bound tenant alone; it owns a grant to delete
-- them that no role has which anybody can log in as. Tables are found in the catalog, so that none can be forgotten;
-- what refers to others goes first. At most p_rows at a time; 0 when nothing is left.
grant select, delete on all tables in schema app, ops to tenantry_eraser;
alter default privileges in schema app grant select, delete on tables to tenantry_eraser;
alter default privileges in schema ops grant select, delete on tables to tenantry_eraser;

create function ops.erase_tenant(p_rows integer) returns bigint
    language plpgsql security definer set search_path = ''
as $$
declare
    v_org text := app.org();
    v_left regclass[];
    v_table regclass;
    v_erased bigint;
    v_total bigint := 0;
begin
    if not exists (
        select from ops.deletion d where d.org_id = v_org and d.started_at is not null and d.finished_at is null
    ) then
        raise exception 'the bound tenant is not being erased' using errcode = '28000';
    end if;
    v_left := array(
        select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
        where n.nspname in ('app', 'ops') and c.relkind in ('r', 'p') and not c.relispartition
          and c.oid <> 'ops.deletion'::regclass
        order by n.nspname desc, c.relname
    );
    while cardinality(v_left) > 0 and v_total < p_rows loop
        select l.relation into strict v_table from unnest(v_left) with ordinality l (relation, nth)
        where not exists (
            select from pg_constraint k
            where k.contype = 'f' and k.confrelid = l.relation and k.conrelid <> l.relation and k.conrelid = any (v_left)
        )
        order by l.nth limit 1;
        execute format(
            'delete from %s where ctid = any (array(select ctid from %s where org_id = $1 limit $2))', v_table, v_table
        ) using v_org, p_rows - v_total;
        get diagnostics v_erased = row_count;
        v_total := v_total + v_erased;
        if v_total < p_rows then
            v_left := array_remove(v_left, v_table);
        end if;
    end loop;
    return v_total;
end
$$;
grant execute on function ops.erase_tenant(integer) to tenantry_worker;
grant create on schema ops to tenantry_eraser;
alter function ops.erase_tenant(integer) owner to tenantry_eraser;
revoke create on schema ops from tenantry_eraser;

insert into app_meta.definer_function (signature, reason) values
    ('ops.deletion()', 'reads the bound tenant''s own deletion'),
    ('ops.request_deletion(text,timestamp with time zone,timestamp with time zone,boolean)',
        'writes the bound tenant''s own deletion'),
    ('ops.restore_tenant(timestamp with time zone)', 'writes the bound tenant''s own deletion'),
    ('ops.close_person(text,text,timestamp with time zone)', 'writes the bound individual''s own deletion'),
    ('ops.standing(text,text,timestamp with time zone)', 'a person is refused before their tenant is known'),
    ('ops.begin_erasure(timestamp with time zone,text)', 'the bound tenant''s own deletion, once it is due'),
    ('ops.erasure()', 'reads the bound tenant''s own deletion'),
    ('ops.finish_erasure(timestamp with time zone)', 'the bound tenant''s own deletion; frees its name'),
    ('ops.was_erased(text)', 'an event names the Stripe object of a tenant that is gone'),
    ('ops.erase_tenant(integer)', 'the only way to delete an audit trail: the bound tenant''s, once its deletion began');
