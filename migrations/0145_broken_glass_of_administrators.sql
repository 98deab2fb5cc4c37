-- The glass is an administrator's: whoever is none any more has broken it for nothing, and whoever is one again before the
-- time is over has it again.
create or replace function app.sso_standing(p_org text, p_user text)
    returns table (sso text, connections text[], glass_until timestamptz)
    language plpgsql stable rows 1 set search_path = ''
as $$
begin
    select c.sso into sso from app.customers c where c.org_id = p_org;
    connections := '{}';
    if sso <> 'off' then
        connections := array(
            select i.connection_name from app.identity_providers i
            where i.org_id = p_org and i.is_enabled and i.removal is null order by i.connection_name
        );
        select g.until into glass_until
            from app.broken_glass g
            join app.memberships m on m.org_id = p_org and m.user_id = g.user_id and 'org_admin' = any (m.roles)
            where g.org_id = p_org and g.user_id = p_user;
    end if;
    return next;
end
$$;
