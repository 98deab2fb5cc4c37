-- Tokens of this person that were issued until then are refused: one of their logins was taken out of the account.
alter table ops.person add column logins_ended_at timestamptz;

create function ops.end_logins(p_now timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    update ops.person set logins_ended_at = greatest(logins_ended_at, p_now) where individual_id = app.org()
$$;
grant execute on function ops.end_logins(timestamptz) to tenantry_api, tenantry_worker;

create function ops.is_logged_out(p_issuer text, p_user text, p_issued_at timestamptz) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select ops.is_linked(p_issuer, p_user) or exists (
        select from ops.person p
        where p.issuer = p_issuer and p.user_id = p_user and p.logins_ended_at >= p_issued_at
    )
$$;
grant execute on function ops.is_logged_out(text, text, timestamptz) to tenantry_api, tenantry_worker;

-- As before; and for a token from before the logins of its person were ended.
create or replace function ops.standing(p_issuer text, p_user text, p_issued_at timestamptz)
    returns table (is_closed boolean, was_here boolean)
    language sql stable security definer rows 1 set search_path = ''
as $$
    select coalesce(bool_or(d.finished_at is null or p_issued_at <= d.finished_at), false)
            or ops.is_logged_out(p_issuer, p_user, p_issued_at),
        count(*) > 0
    from ops.deletion d where d.person_hash = ops.person_hash(p_issuer, p_user)
$$;

insert into app_meta.definer_function (signature, reason) values
    ('ops.end_logins(timestamp with time zone)', 'the bound individual''s own logins'),
    ('ops.is_logged_out(text,text,timestamp with time zone)', 'a person is refused in every tenant');
