-- How a member came, and what they are searched by: lower-case copies in byte order. An expression index would not
-- serve under row-level security, since lower() could tell of rows that the policy hides and is asked after it.
alter table app.memberships
    add column joined_by text,
    add column name_key text collate "C" generated always as (lower(name)) stored,
    add column email_key text collate "C" generated always as (lower(email)) stored;
alter table app.memberships add constraint memberships_joined_by check (
    joined_by in ('purchase', 'invitation', 'addition')
) not valid;
grant update (joined_by) on app.memberships to tenantry_api, tenantry_worker;
create index memberships_name on app.memberships (org_id, name_key, user_id);
create index memberships_email on app.memberships (org_id, email_key, user_id);
create index memberships_admins on app.memberships (org_id) where 'org_admin' = any (roles);
