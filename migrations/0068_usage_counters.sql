-- What a tenant did in a calendar month (UTC), counted in as many rows as ever counted at the same time: an increment
-- takes a row that nobody holds, or makes one. The sum over the rows is exact.
create table app.usage_counters (
    org_id text not null,
    metric text not null,
    period date not null,
    shard uuid not null,
    amount bigint not null,
    primary key (org_id, metric, period, shard),
    constraint usage_counters_customer foreign key (org_id) references app.customers (org_id),
    constraint usage_counters_period check (extract(day from period) = 1),
    constraint usage_counters_amount check (amount >= 0)
);

alter table app.usage_counters enable row level security;
alter table app.usage_counters force row level security;
create policy tenant on app.usage_counters for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert, delete on app.usage_counters to tenantry_api, tenantry_worker;
grant update (amount) on app.usage_counters to tenantry_api, tenantry_worker;
