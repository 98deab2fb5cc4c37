-- Whether Auth0 has blocked an account, as of Auth0's own last change of it: an older answer never undoes a newer one.
create table ops.account (
    issuer text not null,
    user_id text not null,
    blocked boolean not null,
    as_of timestamptz not null,
    primary key (issuer, user_id)
);
create index account_blocked on ops.account (issuer, user_id) where blocked;

-- What the audit trail of the organization was told of it.
alter table ops.membership_hint add column told_blocked boolean not null default false;

create function ops.is_blocked(p_issuer text, p_user text) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (select from ops.account a where a.issuer = p_issuer and a.user_id = p_user and a.blocked)
$$;
grant execute on function ops.is_blocked(text, text) to tenantry_api, tenantry_worker;

create function ops.note_account(p_issuer text, p_user text, p_blocked boolean, p_as_of timestamptz) returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.account as a (issuer, user_id, blocked, as_of) values (p_issuer, p_user, p_blocked, p_as_of)
    on conflict (issuer, user_id) do update set blocked = excluded.blocked, as_of = excluded.as_of
    where a.as_of <= excluded.as_of
$$;
grant execute on function ops.note_account(text, text, boolean, timestamptz) to tenantry_worker;

-- What has changed since the organization was last told; null when nothing has.
create function ops.tell_blocked(p_issuer text, p_user text) returns boolean
    language sql security definer set search_path = ''
as $$
    update ops.membership_hint h set told_blocked = a.blocked
    from ops.account a
    where a.issuer = p_issuer and a.user_id = p_user
      and h.issuer = p_issuer and h.user_id = p_user and h.org_id = app.org() and h.told_blocked <> a.blocked
    returning a.blocked
$$;
grant execute on function ops.tell_blocked(text, text) to tenantry_worker;

create function ops.blocked_accounts(p_issuer text) returns setof text
    language sql stable security definer set search_path = ''
as $$
    select a.user_id from ops.account a where a.issuer = p_issuer and a.blocked order by a.user_id
$$;
grant execute on function ops.blocked_accounts(text) to tenantry_worker;

create function ops.is_customer(p_issuer text, p_user text) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (select from ops.person p where p.issuer = p_issuer and p.user_id = p_user)
        or exists (select from ops.membership_hint h where h.issuer = p_issuer and h.user_id = p_user)
$$;
grant execute on function ops.is_customer(text, text) to tenantry_worker;

-- A difference that was found outside a comparison of the bound tenant's list.
create function ops.note_drift(p_at timestamptz, p_added integer, p_removed integer, p_changed integer) returns void
    language sql security definer set search_path = ''
as $$
    insert into ops.mirror (org_id) values (app.org()) on conflict (org_id) do nothing;
    update ops.mirror set drift_at = p_at, added = p_added, removed = p_removed, changed = p_changed,
        added_ever = added_ever + p_added, removed_ever = removed_ever + p_removed,
        changed_ever = changed_ever + p_changed
    where org_id = app.org()
$$;
grant execute on function ops.note_drift(timestamptz, integer, integer, integer) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.is_blocked(text,text)', 'a person is refused in every tenant'),
    ('ops.note_account(text,text,boolean,timestamp with time zone)', 'an account belongs to no tenant'),
    ('ops.tell_blocked(text,text)', 'writes the bound tenant''s entry in the directory'),
    ('ops.blocked_accounts(text)', 'the worker compares all accounts'),
    ('ops.is_customer(text,text)', 'the worker compares all accounts'),
    ('ops.note_drift(timestamp with time zone,integer,integer,integer)', 'writes the bound tenant''s own state');
