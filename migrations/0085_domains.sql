-- Domains that an organization says are its own. Several may say so; who proves it first has it.
create table app.domains (
    org_id text not null,
    id uuid not null,
    -- In lower case and in ASCII.
    domain text not null,
    status text not null,
    failure text,
    -- What the TXT record must say; new for each claim, so that an old record proves nothing to a new owner.
    verification_txt text not null,
    verified_at timestamptz,
    -- The proof is missed since.
    warned_at timestamptz,
    checked_at timestamptz,
    created_by text not null,
    created_at timestamptz not null,
    primary key (org_id, id),
    constraint domains_domain unique (org_id, domain),
    constraint domains_customer foreign key (org_id) references app.customers (org_id),
    constraint domains_of_organization check (org_id like 'org\_%'),
    constraint domains_in_ascii check (domain ~ '^[a-z0-9.-]+$' and length(domain) <= 233),
    constraint domains_status check (status in ('pending', 'verified', 'failed')),
    constraint domains_failure check ((status = 'failed') = (failure is not null)),
    constraint domains_warned check (warned_at is null or status = 'verified')
);

alter table app.domains enable row level security;
alter table app.domains force row level security;
create policy tenant on app.domains for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.domains to tenantry_api, tenantry_worker;
grant update (status, failure, verified_at, warned_at, checked_at) on app.domains to tenantry_api, tenantry_worker;

-- Whose a domain is, across tenants. People take registered names with the same look for each other.
create table ops.verified_domain (
    domain text primary key,
    org_id text not null,
    domain_id uuid not null,
    registrable text not null,
    look text not null,
    -- When the proof is to be looked for again.
    check_at timestamptz not null
);
create index verified_domain_look on ops.verified_domain (look);
create index verified_domain_check_at on ops.verified_domain (check_at);
create index verified_domain_org_id on ops.verified_domain (org_id);

-- What another tenant has that is in the way; never whose it is.
create function ops.domain_obstacle(p_domain text, p_registrable text, p_look text) returns text
    language sql stable security definer set search_path = ''
as $$
    select case when v.domain = p_domain then 'taken' else 'looks_alike' end from ops.verified_domain v
    where v.org_id <> app.org() and (v.domain = p_domain or (v.look = p_look and v.registrable <> p_registrable))
    order by v.domain <> p_domain limit 1
$$;
grant execute on function ops.domain_obstacle(text, text, text) to tenantry_api, tenantry_worker;

create type ops.proved_domain as (domain text, domain_id uuid, registrable text, look text);

-- Null when the domain is the bound tenant's now; else what is in the way.
create function ops.take_domain(p_proved ops.proved_domain, p_check_at timestamptz) returns text
    language plpgsql security definer set search_path = ''
as $$
declare
    v_obstacle text;
begin
    -- One at a time among those that look the same.
    perform pg_advisory_xact_lock(hashtextextended('ops.take_domain ' || p_proved.look, 0));
    v_obstacle := ops.domain_obstacle(p_proved.domain, p_proved.registrable, p_proved.look);
    if v_obstacle is null then
        insert into ops.verified_domain as v (domain, org_id, domain_id, registrable, look, check_at)
        values (p_proved.domain, app.org(), p_proved.domain_id, p_proved.registrable, p_proved.look, p_check_at)
        on conflict (domain) do update set domain_id = excluded.domain_id, check_at = excluded.check_at;
    end if;
    return v_obstacle;
end
$$;
grant execute on function ops.take_domain(ops.proved_domain, timestamptz) to tenantry_worker;

create function ops.check_domain_at(p_domain text, p_at timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    update ops.verified_domain set check_at = p_at where domain = p_domain and org_id = app.org()
$$;
grant execute on function ops.check_domain_at(text, timestamptz) to tenantry_worker;

create function ops.leave_domain(p_domain text) returns void
    language sql security definer set search_path = ''
as $$
    delete from ops.verified_domain where domain = p_domain and org_id = app.org()
$$;
grant execute on function ops.leave_domain(text) to tenantry_api, tenantry_worker;

create function ops.domains_to_check(p_now timestamptz, p_limit integer)
    returns table (org_id text, domain_id uuid)
    language sql stable security definer set search_path = ''
as $$
    select v.org_id, v.domain_id from ops.verified_domain v where v.check_at <= p_now order by v.check_at limit p_limit
$$;
grant execute on function ops.domains_to_check(timestamptz, integer) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.domain_obstacle(text,text,text)', 'a domain is one tenant''s; says that it is taken, not by whom'),
    ('ops.take_domain(ops.proved_domain,timestamp with time zone)', 'a domain is one tenant''s'),
    ('ops.check_domain_at(text,timestamp with time zone)', 'writes the bound tenant''s own entry'),
    ('ops.leave_domain(text)', 'deletes the bound tenant''s own entry'),
    ('ops.domains_to_check(timestamp with time zone,integer)', 'the worker looks at every tenant''s proofs again');
