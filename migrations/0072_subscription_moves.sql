-- A subscription on its way from one organization to another. The giver loses it, and the objects at Stripe change
-- hands, in the transaction that writes this row; a job gives it to the receiver. `record` is the giver's row as it was,
-- until the move is over.
create table ops.subscription_move (
    id uuid primary key,
    from_org text not null,
    to_org text not null,
    record jsonb,
    client_id text not null,
    reason text not null,
    request_id text,
    requested_at timestamptz not null,
    outcome text,
    finished_at timestamptz,
    constraint subscription_move_outcome check (outcome in ('moved', 'returned')),
    constraint subscription_move_finished check (
        (finished_at is null) = (outcome is null) and (finished_at is null) = (record is not null)
    ),
    constraint subscription_move_two check (from_org <> to_org)
);
create unique index subscription_move_from on ops.subscription_move (from_org) where finished_at is null;
create unique index subscription_move_to on ops.subscription_move (to_org) where finished_at is null;

create type ops.new_subscription_move as (
    id uuid, to_org text, record jsonb, client_id text, reason text, request_id text, requested_at timestamptz
);

-- False while another move of either organization is not over.
create function ops.begin_subscription_move(p_new ops.new_subscription_move) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    insert into ops.subscription_move (id, from_org, to_org, record, client_id, reason, request_id, requested_at)
    values (p_new.id, app.org(), p_new.to_org, p_new.record, p_new.client_id, p_new.reason, p_new.request_id,
        p_new.requested_at)
    on conflict do nothing;
    if not found then
        return false;
    end if;
    update ops.stripe_object set org_id = p_new.to_org, conversion_id = null
    where org_id = app.org()
      and stripe_id in (p_new.record ->> 'stripe_customer_id', p_new.record ->> 'stripe_subscription_id');
    return true;
end
$$;
grant execute on function ops.begin_subscription_move(ops.new_subscription_move) to tenantry_api, tenantry_worker;

-- Of the bound tenant, whichever end of the move it is.
create function ops.subscription_move(p_id uuid)
    returns table (from_org text, to_org text, record jsonb, client_id text, reason text, request_id text)
    language sql stable security definer set search_path = ''
as $$
    select m.from_org, m.to_org, m.record, m.client_id, m.reason, m.request_id from ops.subscription_move m
    where m.id = p_id and m.finished_at is null and app.org() in (m.from_org, m.to_org)
$$;
grant execute on function ops.subscription_move(uuid) to tenantry_worker;

-- In the transaction that gives the subscription to the bound tenant: once. What goes back takes Stripe's objects along.
create function ops.finish_subscription_move(p_id uuid, p_now timestamptz) returns boolean
    language plpgsql security definer set search_path = ''
as $$
declare
    v_move ops.subscription_move;
begin
    select * into v_move from ops.subscription_move m
    where m.id = p_id and m.finished_at is null and app.org() in (m.from_org, m.to_org) for update;
    if not found then
        return false;
    end if;
    if app.org() = v_move.from_org then
        update ops.stripe_object set org_id = v_move.from_org
        where org_id = v_move.to_org
          and stripe_id in (v_move.record ->> 'stripe_customer_id', v_move.record ->> 'stripe_subscription_id');
    end if;
    update ops.subscription_move set record = null, finished_at = p_now,
        outcome = case when app.org() = v_move.to_org then 'moved' else 'returned' end
    where id = p_id;
    return true;
end
$$;
grant execute on function ops.finish_subscription_move(uuid, timestamptz) to tenantry_worker;

-- Whether the bound tenant is to get it, and has not yet.
create function ops.subscription_is_coming(p_stripe_id text) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (
        select from ops.subscription_move m
        where m.to_org = app.org() and m.finished_at is null and m.record ->> 'stripe_subscription_id' = p_stripe_id
    )
$$;
grant execute on function ops.subscription_is_coming(text) to tenantry_worker;

-- Whose tenant the bound individual is.
create function ops.person() returns table (issuer text, user_id text)
    language sql stable security definer set search_path = ''
as $$
    select p.issuer, p.user_id from ops.person p where p.individual_id = app.org()
$$;
grant execute on function ops.person() to tenantry_api, tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.begin_subscription_move(ops.new_subscription_move)', 'what the bound tenant gives away, another will have'),
    ('ops.subscription_move(uuid)', 'a move concerns two tenants; the bound one is one of them'),
    ('ops.finish_subscription_move(uuid,timestamp with time zone)', 'a move concerns two tenants; the bound one has it now'),
    ('ops.subscription_is_coming(text)', 'a move concerns two tenants; the bound one is one of them'),
    ('ops.person()', 'reads who the bound individual is');
