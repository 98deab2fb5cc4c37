-- As before, and a last reading that lies ahead holds nothing up: clocks differ, and that of `tenantry dev` is set back.
create or replace function ops.hint_auth0_log(p_issuer text, p_pause interval, p_now timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    select ops.put_job(null, 'auth0_log', 'auth0_log', '{}',
        greatest(p_now,
            (select least(l.read_at, p_now) + p_pause from ops.auth0_log l where l.issuer = p_issuer)))
$$;
