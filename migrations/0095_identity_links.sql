-- Logins that are linked into the account of this individual, or were to be. The row is the saga's state.
create table app.identity_links (
    org_id text not null,
    id uuid not null,
    issuer text not null,
    main_user_id text not null,
    user_id text not null,
    state text not null,
    failure text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (org_id, id),
    unique (org_id, issuer, user_id),
    constraint identity_links_customer foreign key (org_id) references app.customers (org_id),
    constraint identity_links_state check (state in ('linking', 'linked', 'failed', 'unlinking')),
    constraint identity_links_failure check ((failure is not null) = (state = 'failed'))
);

alter table app.identity_links enable row level security;
alter table app.identity_links force row level security;
create policy tenant on app.identity_links for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.identity_links to tenantry_api, tenantry_worker;
grant update (state, failure, updated_at) on app.identity_links to tenantry_api, tenantry_worker;

-- Who is nobody of their own any more: from the link's commit on they are refused everywhere.
create table ops.linked_person (
    issuer text not null,
    user_id text not null,
    -- The individual whose login it has become.
    org_id text not null,
    main_user_id text not null,
    primary key (issuer, user_id)
);
create index linked_person_org_id on ops.linked_person (org_id);
create index linked_person_main on ops.linked_person (issuer, main_user_id);

-- False when one of the two takes part in another link: a login is linked once, and neither into nor out of a linked one.
create function ops.claim_link(p_issuer text, p_user text, p_main text) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    if p_user = p_main or not exists (
        select from ops.person p where p.issuer = p_issuer and p.user_id = p_main and p.individual_id = app.org()
    ) then
        raise exception 'the bound tenant is not this person''s' using errcode = '28000';
    end if;
    -- Two links that share a person take turns, in whatever order they name them.
    perform pg_advisory_xact_lock(hashtextextended(p_issuer || E'\n' || least(p_user, p_main), 95));
    perform pg_advisory_xact_lock(hashtextextended(p_issuer || E'\n' || greatest(p_user, p_main), 95));
    if exists (
        select from ops.linked_person l
        where l.issuer = p_issuer and (l.user_id in (p_user, p_main) or l.main_user_id = p_user)
    ) then
        return false;
    end if;
    insert into ops.linked_person (issuer, user_id, org_id, main_user_id) values (p_issuer, p_user, app.org(), p_main);
    return true;
end
$$;
grant execute on function ops.claim_link(text, text, text) to tenantry_api;

create function ops.release_link(p_issuer text, p_user text) returns void
    language sql security definer set search_path = ''
as $$
    delete from ops.linked_person where issuer = p_issuer and user_id = p_user and org_id = app.org()
$$;
grant execute on function ops.release_link(text, text) to tenantry_worker;

create function ops.is_linked(p_issuer text, p_user text) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (select from ops.linked_person l where l.issuer = p_issuer and l.user_id = p_user)
$$;
grant execute on function ops.is_linked(text, text) to tenantry_api, tenantry_worker;

create function ops.individual_of(p_issuer text, p_user text) returns text
    language sql stable security definer set search_path = ''
as $$
    select p.individual_id from ops.person p where p.issuer = p_issuer and p.user_id = p_user
$$;
grant execute on function ops.individual_of(text, text) to tenantry_api, tenantry_worker;

-- Erases the own tenant of a person who is linked away, and leaves a tombstone that keeps tokens from before refused and
-- a second trial away. Who they were is left out, so that the erasure does not delete the account that they are part of.
create function ops.close_linked_person(p_issuer text, p_user text, p_now timestamptz) returns void
    language plpgsql security definer set search_path = ''
as $$
begin
    if not exists (
        select from ops.person p join ops.linked_person l on l.issuer = p.issuer and l.user_id = p.user_id
        where p.issuer = p_issuer and p.user_id = p_user and p.individual_id = app.org()
    ) then
        raise exception 'the bound tenant is not that of a linked person' using errcode = '28000';
    end if;
    insert into ops.deletion (org_id, requested_by, requested_at, deletes_at, was_ending, person_hash)
    values (app.org(), p_user, p_now, p_now, true, ops.person_hash(p_issuer, p_user))
    on conflict (org_id) do nothing;
end
$$;
grant execute on function ops.close_linked_person(text, text, timestamptz) to tenantry_worker;

-- As before; and whoever is linked into another account is closed too.
create or replace function ops.standing(p_issuer text, p_user text, p_issued_at timestamptz)
    returns table (is_closed boolean, was_here boolean)
    language sql stable security definer set search_path = ''
as $$
    select coalesce(bool_or(d.finished_at is null or p_issued_at <= d.finished_at), false)
            or ops.is_linked(p_issuer, p_user),
        count(*) > 0
    from ops.deletion d where d.person_hash = ops.person_hash(p_issuer, p_user)
$$;

insert into app_meta.definer_function (signature, reason) values
    ('ops.claim_link(text,text,text)', 'a login is linked once, whoever''s tenant it had'),
    ('ops.release_link(text,text)', 'the bound individual''s own links'),
    ('ops.is_linked(text,text)', 'a person is refused in every tenant'),
    ('ops.individual_of(text,text)', 'a person is looked up before their tenant is bound'),
    ('ops.close_linked_person(text,text,timestamp with time zone)', 'writes the bound individual''s own deletion');
