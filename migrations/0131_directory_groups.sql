-- Whether the identity provider keeps groups at Auth0, too. Then these count, and not what was said at the last login.
alter table app.provisionings add column keeps_groups boolean not null default false;
grant update (keeps_groups) on app.provisionings to tenantry_api, tenantry_worker;
