-- What finds an invitation again: by the hash of its ticket, for whoever holds the link, and by Auth0's id, for what
-- Auth0's log tells. The ticket itself lets anybody accept and is nowhere. `vouched_for` is whom the invitation's own
-- connection sent in with another address.
alter table app.invitations
    add column ticket_hash bytea,
    add column vouched_for text;
alter table app.invitations add constraint invitations_ticket_hash check (octet_length(ticket_hash) = 32) not valid;
create unique index invitations_ticket on app.invitations (org_id, ticket_hash) where ticket_hash is not null;
create index invitations_auth0 on app.invitations (org_id, auth0_id) where auth0_id is not null;
grant update (ticket_hash, vouched_for) on app.invitations to tenantry_api, tenantry_worker;

-- Null before this version: the first was created, every later one resent.
alter table app.invitation_issues add column reason text;
alter table app.invitation_issues add constraint invitation_issues_reason check (
    reason in ('created', 'resent', 'reissued')
) not valid;

-- How far the log of an Auth0 tenant was read. No `log_id`: it was empty when the reading began.
create table ops.auth0_log (
    issuer text primary key,
    log_id text,
    read_at timestamptz not null
);

create function ops.auth0_log(p_issuer text) returns setof ops.auth0_log
    language sql stable security definer set search_path = ''
as $$
    select l.* from ops.auth0_log l where l.issuer = p_issuer
$$;
grant execute on function ops.auth0_log(text) to tenantry_worker;

create function ops.note_auth0_log(p_issuer text, p_log_id text, p_now timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.auth0_log (issuer, log_id, read_at) values (p_issuer, p_log_id, p_now)
    on conflict (issuer) do update set log_id = excluded.log_id, read_at = excluded.read_at
$$;
grant execute on function ops.note_auth0_log(text, text, timestamptz) to tenantry_worker;

-- Has the log read before its time, never sooner than this after the last reading.
create function ops.hint_auth0_log(p_issuer text, p_pause interval, p_now timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    select ops.put_job(null, 'auth0_log', 'auth0_log', '{}',
        greatest(p_now, (select l.read_at + p_pause from ops.auth0_log l where l.issuer = p_issuer)))
$$;
grant execute on function ops.hint_auth0_log(text, interval, timestamptz) to tenantry_api;

insert into app_meta.definer_function (signature, reason) values
    ('ops.auth0_log(text)', 'the log is of all tenants'),
    ('ops.note_auth0_log(text,text,timestamp with time zone)', 'the log is of all tenants'),
    ('ops.hint_auth0_log(text,interval,timestamp with time zone)', 'queues the one job that reads the log');
