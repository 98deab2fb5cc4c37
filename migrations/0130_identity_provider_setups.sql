-- A test login proves the set-up that it was begun with: each change of what a login hangs on makes another one, and
-- ends what an earlier test has proved.
alter table app.identity_providers add column setup bigint not null default 1;
alter table app.identity_providers add column proof_lost_at timestamptz;
alter table app.identity_provider_tests add column setup bigint not null default 1;
grant update (setup, proof_lost_at) on app.identity_providers to tenantry_api, tenantry_worker;
