-- Which of a member's roles their groups gave, and nobody by hand: these go when the groups do.
alter table app.member_groups add column given text[] not null default '{}';
grant update (given) on app.member_groups to tenantry_api, tenantry_worker;
