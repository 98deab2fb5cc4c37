-- The link of an invitation whose e-mail the organization writes itself, until it was told; readable with the
-- deployment's key alone.
alter table app.invitations add column sealed_link bytea;
grant update (sealed_link) on app.invitations to tenantry_api, tenantry_worker;
