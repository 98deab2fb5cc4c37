-- Whose a Stripe customer, checkout session or subscription is: an event names the object, not the tenant.
create table ops.stripe_object (
    stripe_id text primary key,
    org_id text not null,
    conversion_id uuid
);
create index stripe_object_conversion on ops.stripe_object (org_id, conversion_id);

create function ops.link_stripe(p_stripe_id text, p_conversion uuid) returns text
    language plpgsql security definer set search_path = ''
as $$
begin
    insert into ops.stripe_object (stripe_id, org_id, conversion_id) values (p_stripe_id, app.org(), p_conversion)
    on conflict (stripe_id) do nothing;
    return (select o.org_id from ops.stripe_object o where o.stripe_id = p_stripe_id);
end
$$;
grant execute on function ops.link_stripe(text, uuid) to tenantry_api, tenantry_worker;

create function ops.stripe_owner(p_stripe_id text) returns table (org_id text, conversion_id uuid)
    language sql stable security definer set search_path = ''
as $$
    select o.org_id, o.conversion_id from ops.stripe_object o where o.stripe_id = p_stripe_id
$$;
grant execute on function ops.stripe_owner(text) to tenantry_worker;

create function ops.move_stripe_objects(p_conversion uuid, p_org text) returns bigint
    language plpgsql security definer set search_path = ''
as $$
declare
    v_moved bigint;
begin
    update ops.stripe_object set org_id = p_org where org_id = app.org() and conversion_id = p_conversion;
    get diagnostics v_moved = row_count;
    return v_moved;
end
$$;
grant execute on function ops.move_stripe_objects(uuid, text) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.link_stripe(text,uuid)', 'a Stripe object has one owner across tenants'),
    ('ops.stripe_owner(text)', 'an event names the Stripe object before the tenant is known'),
    ('ops.move_stripe_objects(uuid,text)', 'the bound individual hands its own objects to its organization');
