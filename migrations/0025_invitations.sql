-- Invitations: these rows are the truth, since Auth0 forgets an invitation once it is accepted, expired or spoiled.
-- The id travels in Auth0's app_metadata. The address is written to and shown; nobody is ever recognized by it.
create table app.invitations (
    org_id text not null,
    id uuid not null,
    email text not null,
    roles text[] not null,
    inviter_issuer text not null,
    inviter_user_id text not null,
    inviter_name text not null,
    connection text,
    locale text,
    send_email boolean not null,
    ttl_seconds integer not null,
    expires_at timestamptz not null,
    state text not null,
    accepted_by text,
    failure text,
    ended_at timestamptz,
    issue integer not null,
    auth0_id text,
    stale_auth0_ids text[] not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null default 1,
    primary key (org_id, id),
    constraint invitations_customer foreign key (org_id) references app.customers (org_id),
    constraint invitations_of_organization check (org_id like 'org\_%'),
    constraint invitations_email check (email = lower(email)),
    constraint invitations_roles check (
        roles <@ array['org_admin', 'org_member', 'org_billing', 'org_readonly']
        and array_position(roles, null) is null and cardinality(roles) > 0
    ),
    constraint invitations_ttl check (ttl_seconds between 1 and 2592000),
    constraint invitations_issue check (issue >= 1),
    constraint invitations_state check (state in ('pending', 'accepted', 'revoked', 'failed')),
    constraint invitations_ended check ((state = 'pending') = (ended_at is null)),
    constraint invitations_accepted check ((state = 'accepted') = (accepted_by is not null)),
    constraint invitations_failed check ((state = 'failed') = (failure is not null))
);
create index invitations_pending on app.invitations (org_id, email) where state = 'pending';

alter table app.invitations enable row level security;
alter table app.invitations force row level security;
create policy tenant on app.invitations for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.invitations to tenantry_api, tenantry_worker;
grant update (inviter_issuer, inviter_user_id, inviter_name, expires_at, state, accepted_by, failure, ended_at, issue,
    auth0_id, stale_auth0_ids, updated_at, version) on app.invitations to tenantry_api, tenantry_worker;

-- Each time that one went out, for the limits against mail bombing.
create table app.invitation_issues (
    org_id text not null,
    invitation_id uuid not null,
    issue integer not null,
    email text not null,
    issued_at timestamptz not null,
    primary key (org_id, invitation_id, issue),
    constraint invitation_issues_invitation foreign key (org_id, invitation_id)
        references app.invitations (org_id, id) on delete cascade
);
create index invitation_issues_issued on app.invitation_issues (org_id, issued_at);

alter table app.invitation_issues enable row level security;
alter table app.invitation_issues force row level security;
create policy tenant on app.invitation_issues for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.invitation_issues to tenantry_api, tenantry_worker;
