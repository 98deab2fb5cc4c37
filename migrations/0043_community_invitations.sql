-- Friends whom an individual invited into the community organization: in the individual's own tenant, who sees no more
-- of the organization than this.
create table app.community_invitations (
    org_id text not null,
    id uuid not null,
    email text not null,
    inviter_issuer text not null,
    inviter_user_id text not null,
    state text not null,
    failure text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (org_id, id),
    constraint community_invitations_customer foreign key (org_id) references app.customers (org_id),
    constraint community_invitations_of_individual check (org_id like 'ind\_%'),
    constraint community_invitations_email check (email = lower(email)),
    constraint community_invitations_state check (state in ('sending', 'sent', 'accepted', 'failed')),
    constraint community_invitations_failed check ((state = 'failed') = (failure is not null))
);
create index community_invitations_created on app.community_invitations (org_id, created_at);

alter table app.community_invitations enable row level security;
alter table app.community_invitations force row level security;
create policy tenant on app.community_invitations for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.community_invitations to tenantry_api, tenantry_worker;
grant update (state, failure, updated_at) on app.community_invitations to tenantry_api, tenantry_worker;

-- In the community organization's tenant: which of its invitations an individual sent.
create table app.invitation_sponsors (
    org_id text not null,
    invitation_id uuid not null,
    individual text not null,
    primary key (org_id, invitation_id),
    constraint invitation_sponsors_invitation foreign key (org_id, invitation_id)
        references app.invitations (org_id, id) on delete cascade,
    constraint invitation_sponsors_individual check (individual like 'ind\_%')
);

alter table app.invitation_sponsors enable row level security;
alter table app.invitation_sponsors force row level security;
create policy tenant on app.invitation_sponsors for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.invitation_sponsors to tenantry_api, tenantry_worker;
