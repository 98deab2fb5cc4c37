-- One statement at the start of a transaction binds the tenant and answers who the caller is in it.

-- No row: no such customer. A row without user_id: not a member.
create function app.open_organization(p_org text, p_issuer text, p_user text)
    returns table (suspended boolean, issuer text, user_id text, roles text[], email text, name text, picture text,
        connection text, joined_at timestamptz, last_seen_at timestamptz)
    language plpgsql set search_path = ''
as $$
begin
    perform app.set_org(p_org);
    return query
    select c.suspended_at is not null, m.issuer, m.user_id, m.roles, m.email, m.name, m.picture, m.connection,
        m.joined_at, m.last_seen_at
    from app.customers c
    left join app.memberships m on m.org_id = c.org_id and m.user_id = p_user and m.issuer = p_issuer
    where c.org_id = p_org;
end
$$;
grant execute on function app.open_organization(text, text, text) to tenantry_api, tenantry_worker;

create function app.open_individual(p_issuer text, p_user text, p_new text, p_now timestamptz)
    returns table (individual_id text, created boolean)
    language plpgsql set search_path = ''
as $$
declare
    v_person record;
begin
    select * into strict v_person from ops.open_person(p_issuer, p_user, p_new, p_now);
    perform app.set_org(v_person.individual_id);
    if v_person.created then
        insert into app.customers (org_id, created_at, updated_at) values (v_person.individual_id, p_now, p_now);
    end if;
    return query select v_person.individual_id, v_person.created;
end
$$;
grant execute on function app.open_individual(text, text, text, timestamptz) to tenantry_api, tenantry_worker;

create type app.new_organization as (
    org_id text,
    name text,
    display_name text,
    conversion_id uuid,
    created_at timestamptz
);

-- The one door that switches the tenant within a transaction: from an individual to the organization that one of its
-- own conversions created. Makes the customer and takes what the individual made along.
create function app.move_individual(p_new app.new_organization) returns table (projects bigint, stripe_objects bigint)
    language plpgsql set search_path = ''
as $$
declare
    v_from text := app.org();
    v_keep_projects boolean;
    v_project app.projects;
    v_moved app.projects[] := '{}';
    v_stripe_objects bigint;
begin
    select c.keep_projects_personal into v_keep_projects from app.conversions c
    where c.org_id = v_from and c.id = p_new.conversion_id and c.auth0_org_id = p_new.org_id;
    if not found then
        raise exception 'no conversion of the bound tenant made this organization' using errcode = '28000';
    end if;
    v_stripe_objects := ops.move_stripe_objects(p_new.conversion_id, p_new.org_id);
    if not v_keep_projects then
        for v_project in delete from app.projects p where p.org_id = v_from returning p.* loop
            v_moved := v_moved || v_project;
        end loop;
    end if;

    execute format('set local app.org_id = %L', p_new.org_id);
    insert into app.customers (org_id, name, display_name, conversion_id, created_at, updated_at)
    values (p_new.org_id, p_new.name, p_new.display_name, p_new.conversion_id, p_new.created_at, p_new.created_at);
    perform ops.register_organization(p_new.name, p_new.display_name, p_new.conversion_id, p_new.created_at);
    foreach v_project in array v_moved loop
        insert into app.projects (org_id, id, name, created_by, created_at, updated_at, version)
        values (p_new.org_id, v_project.id, v_project.name, v_project.created_by, v_project.created_at,
            v_project.updated_at, v_project.version);
    end loop;
    return query select cardinality(v_moved)::bigint, v_stripe_objects;
end
$$;
grant execute on function app.move_individual(app.new_organization) to tenantry_worker;
