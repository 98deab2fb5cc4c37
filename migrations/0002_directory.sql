-- What must be found before a tenant is known, or be unique across tenants. No login role has a grant on these tables;
-- the functions below are the only way in, and those that write take the tenant from app.org(), never as an argument.

create table ops.person (
    issuer text not null,
    user_id text not null,
    individual_id text not null unique,
    created_at timestamptz not null,
    primary key (issuer, user_id)
);

create table ops.organization (
    org_id text primary key,
    name text not null unique,
    display_name text not null,
    conversion_id uuid unique,
    created_at timestamptz not null
);

-- A name is claimed before Auth0 is asked for it, and stays claimed.
create table ops.organization_name (
    name text primary key,
    conversion_id uuid
);

create table ops.membership_hint (
    issuer text not null,
    user_id text not null,
    org_id text not null,
    roles text[] not null,
    primary key (issuer, user_id, org_id)
);

create function ops.open_person(p_issuer text, p_user text, p_new text, p_now timestamptz)
    returns table (individual_id text, created boolean)
    language plpgsql security definer set search_path = ''
as $$
begin
    return query select p.individual_id, false from ops.person p where p.issuer = p_issuer and p.user_id = p_user;
    if found then
        return;
    end if;
    return query insert into ops.person as p (issuer, user_id, individual_id, created_at)
        values (p_issuer, p_user, p_new, p_now) on conflict (issuer, user_id) do nothing
        returning p.individual_id, true;
    if not found then
        -- Another first request committed while this one waited for it.
        return query select p.individual_id, false from ops.person p where p.issuer = p_issuer and p.user_id = p_user;
    end if;
end
$$;
grant execute on function ops.open_person(text, text, text, timestamptz) to tenantry_api, tenantry_worker;

create function ops.register_organization(p_name text, p_display_name text, p_conversion uuid, p_now timestamptz)
    returns void
    language plpgsql security definer set search_path = ''
as $$
begin
    insert into ops.organization_name (name, conversion_id) values (p_name, p_conversion) on conflict (name) do nothing;
    if exists (
        select from ops.organization_name n where n.name = p_name and n.conversion_id is distinct from p_conversion
    ) then
        raise unique_violation using constraint = 'organization_name_pkey', message = 'the name is taken';
    end if;
    insert into ops.organization (org_id, name, display_name, conversion_id, created_at)
    values (app.org(), p_name, p_display_name, p_conversion, p_now);
end
$$;
grant execute on function ops.register_organization(text, text, uuid, timestamptz) to tenantry_api, tenantry_worker;

create function ops.describe_organization(p_display_name text) returns void
    language sql security definer set search_path = ''
as $$
    update ops.organization set display_name = p_display_name where org_id = app.org()
$$;
grant execute on function ops.describe_organization(text) to tenantry_api, tenantry_worker;

create function ops.hint_membership(p_issuer text, p_user text, p_roles text[]) returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.membership_hint (issuer, user_id, org_id, roles) values (p_issuer, p_user, app.org(), p_roles)
    on conflict (issuer, user_id, org_id) do update set roles = excluded.roles
$$;
grant execute on function ops.hint_membership(text, text, text[]) to tenantry_api, tenantry_worker;

create function ops.forget_membership(p_issuer text, p_user text) returns void
    language sql security definer set search_path = ''
as $$
    delete from ops.membership_hint where issuer = p_issuer and user_id = p_user and org_id = app.org()
$$;
grant execute on function ops.forget_membership(text, text) to tenantry_api, tenantry_worker;

create function ops.my_organizations(p_issuer text, p_user text)
    returns table (org_id text, name text, display_name text, roles text[])
    language sql stable security definer set search_path = ''
as $$
    select o.org_id, o.name, o.display_name, h.roles
    from ops.membership_hint h join ops.organization o on o.org_id = h.org_id
    where h.issuer = p_issuer and h.user_id = p_user
    order by o.name
$$;
grant execute on function ops.my_organizations(text, text) to tenantry_api;

insert into app_meta.definer_function (signature, reason) values
    ('ops.open_person(text,text,text,timestamp with time zone)', 'a person is looked up before its tenant is known'),
    ('ops.register_organization(text,text,uuid,timestamp with time zone)', 'writes the bound tenant into the directory'),
    ('ops.describe_organization(text)', 'writes the bound tenant''s entry in the directory'),
    ('ops.hint_membership(text,text,text[])', 'writes the bound tenant''s members into the directory'),
    ('ops.forget_membership(text,text)', 'writes the bound tenant''s members into the directory'),
    ('ops.my_organizations(text,text)', 'one person''s own organizations, across tenants');
