-- What somebody was reminded of: once for each kind, end and person. Written in the transaction that queues the mail.
create table app.reminders (
    org_id text not null,
    kind text not null,
    ends_at timestamptz not null,
    issuer text not null,
    user_id text not null,
    noted_at timestamptz not null,
    primary key (org_id, kind, ends_at, issuer, user_id),
    constraint reminders_customer foreign key (org_id) references app.customers (org_id),
    constraint reminders_kind check (
        kind in ('trial_ends_soon', 'trial_ends_tomorrow', 'payment_failed', 'grace_ends', 'plan_ends')
    )
);

alter table app.reminders enable row level security;
alter table app.reminders force row level security;
create policy tenant on app.reminders for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.reminders to tenantry_api, tenantry_worker;

-- Whether the bound individual belongs to an organization, which then is what they pay for.
create function ops.individual_has_organization() returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (
        select from ops.person p join ops.membership_hint m on m.issuer = p.issuer and m.user_id = p.user_id
        where p.individual_id = app.org()
    )
$$;
grant execute on function ops.individual_has_organization() to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.individual_has_organization()', 'one person''s own memberships, across tenants');

-- From now on every change of a subscription queues this; for those from before, one look.
select ops.put_job(t.org_id, 'reminders', 'reminders', '{}'::jsonb, now())
from (select o.org_id from ops.organization o union all select p.individual_id from ops.person p) t;
