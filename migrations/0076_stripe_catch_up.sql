-- Up to when Stripe's own list of events has been read, by the caller's clock: after an outage the reading begins there.
create table ops.stripe_catch_up (
    singleton boolean primary key default true,
    caught_up_to timestamptz not null,
    constraint stripe_catch_up_singleton check (singleton)
);

create function ops.stripe_caught_up_to() returns timestamptz
    language sql stable security definer set search_path = ''
as $$
    select c.caught_up_to from ops.stripe_catch_up c
$$;
grant execute on function ops.stripe_caught_up_to() to tenantry_worker;

create function ops.note_stripe_caught_up(p_to timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.stripe_catch_up (caught_up_to) values (p_to)
    on conflict (singleton) do update set caught_up_to = excluded.caught_up_to
$$;
grant execute on function ops.note_stripe_caught_up(timestamptz) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.stripe_caught_up_to()', 'Stripe lists events of all tenants'),
    ('ops.note_stripe_caught_up(timestamp with time zone)', 'Stripe lists events of all tenants');
