-- How far the organization insists on its own identity providers.
alter table app.customers add column sso text not null default 'off';
alter table app.customers add constraint customers_sso check (sso in ('off', 'observe', 'warn', 'enforce')) not valid;
grant update (sso) on app.customers to tenantry_api, tenantry_worker;

-- Administrators who may come by another way for a while, because their identity provider does not work.
create table app.broken_glass (
    org_id text not null,
    user_id text not null,
    reason text not null,
    opened_by text not null,
    opened_at timestamptz not null,
    until timestamptz not null,
    primary key (org_id, user_id),
    constraint broken_glass_customer foreign key (org_id) references app.customers (org_id),
    constraint broken_glass_of_organization check (org_id like 'org\_%'),
    constraint broken_glass_until check (until > opened_at)
);

alter table app.broken_glass enable row level security;
alter table app.broken_glass force row level security;
create policy tenant on app.broken_glass for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.broken_glass to tenantry_api, tenantry_worker;
grant update (reason, opened_by, opened_at, until) on app.broken_glass to tenantry_api, tenantry_worker;

-- What decides whether a member may come by the way they came; in the round trip that opens the organization, so not a
-- function that is inlined before the tenant is bound.
create function app.sso_standing(p_org text, p_user text)
    returns table (sso text, connections text[], glass_until timestamptz)
    language plpgsql stable set search_path = ''
as $$
begin
    select c.sso into sso from app.customers c where c.org_id = p_org;
    connections := '{}';
    if sso <> 'off' then
        connections := array(
            select i.connection_name from app.identity_providers i
            where i.org_id = p_org and i.is_enabled and i.removal is null order by i.connection_name
        );
        select g.until into glass_until from app.broken_glass g where g.org_id = p_org and g.user_id = p_user;
    end if;
    return next;
end
$$;
grant execute on function app.sso_standing(text, text) to tenantry_api, tenantry_worker;
