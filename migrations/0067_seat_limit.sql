-- Whoever is beyond the seats of the plan reads only: administrators keep theirs first, then who joined first. The rank
-- is stored, since an index on an expression would not serve under row-level security.
alter table app.memberships add column seat_rank smallint
    generated always as (case when 'org_admin' = any (roles) then 0 else 1 end) stored;
create index memberships_seats on app.memberships (org_id, seat_rank, joined_at, user_id);

-- The first member without a seat; no row while all have one, or nothing is paid and nobody writes anyway.
create function app.seat_cut(p_org text) returns table (seat_rank smallint, joined_at timestamptz, user_id text)
    language sql stable set search_path = ''
as $$
    select m.seat_rank, m.joined_at, m.user_id from app.memberships m
    where m.org_id = p_org
    order by m.seat_rank, m.joined_at, m.user_id
    offset coalesce((select s.seats from app.subscriptions s where s.org_id = p_org), 2147483647)
    limit 1
$$;
grant execute on function app.seat_cut(text) to tenantry_api, tenantry_worker;

-- As app.open_organization, which the version before still calls; and, for whoever is about to write, whether they have
-- a seat.
create function app.enter_organization(p_org text, p_issuer text, p_user text, p_write boolean)
    returns table (suspended boolean, issuer text, user_id text, roles text[], email text, name text, picture text,
        connection text, joined_at timestamptz, last_seen_at timestamptz, over_limit boolean)
    language plpgsql set search_path = ''
as $$
begin
    perform app.set_org(p_org);
    return query
    select c.suspended_at is not null, m.issuer, m.user_id, m.roles, m.email, m.name, m.picture, m.connection,
        m.joined_at, m.last_seen_at,
        p_write and exists (
            select from app.seat_cut(p_org) cut
            where (m.seat_rank, m.joined_at, m.user_id) >= (cut.seat_rank, cut.joined_at, cut.user_id)
        )
    from app.customers c
    left join app.memberships m on m.org_id = c.org_id and m.user_id = p_user and m.issuer = p_issuer
    where c.org_id = p_org;
end
$$;
grant execute on function app.enter_organization(text, text, text, boolean) to tenantry_api, tenantry_worker;
