-- Each event of a tenant is linked to the one before by a hash, so that an edited, removed or reordered row shows. What
-- is hashed is said in crates/store/src/audit_chain.rs. Events from before this have no place in the chain; its start
-- covers them.
alter table app.audit_events
    add column sequence bigint,
    add column prev_hash bytea,
    add column hash bytea;
alter table app.audit_events add constraint audit_events_link check (
    (sequence is null and prev_hash is null and hash is null)
    or (sequence >= 1 and length(prev_hash) = 32 and length(hash) = 32)
) not valid;
create unique index audit_events_sequence on app.audit_events (org_id, sequence);

create index audit_events_at on app.audit_events (org_id, at, id);
create index audit_events_actor on app.audit_events (org_id, actor, at, id);
create index audit_events_action on app.audit_events (org_id, action, at, id);
create index audit_events_target on app.audit_events (org_id, target, at, id);

-- The newest link of each tenant. Whoever writes an event locks it until the end of the transaction.
create table app.audit_chains (
    org_id text not null primary key,
    sequence bigint not null,
    hash bytea not null,
    constraint audit_chains_customer foreign key (org_id) references app.customers (org_id),
    constraint audit_chains_hash check (length(hash) = 32)
);

alter table app.audit_chains enable row level security;
alter table app.audit_chains force row level security;
create policy tenant on app.audit_chains for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert on app.audit_chains to tenantry_api, tenantry_worker;
grant update (sequence, hash) on app.audit_chains to tenantry_api, tenantry_worker;

-- The bound tenant's newest link, locked; begun if there is none. No row when there are events that the start of the
-- chain has to cover first.
create function app.lock_audit_chain() returns table (sequence bigint, hash bytea)
    language plpgsql set search_path = ''
as $$
declare
    v_org text := app.org();
begin
    return query select c.sequence, c.hash from app.audit_chains c where c.org_id = v_org for update;
    if found or exists (select from app.audit_events e where e.org_id = v_org and e.sequence is null) then
        return;
    end if;
    insert into app.audit_chains (org_id, sequence, hash) values (v_org, 0, decode(repeat('00', 32), 'hex'))
    on conflict (org_id) do nothing;
    return query select c.sequence, c.hash from app.audit_chains c where c.org_id = v_org for update;
end
$$;
grant execute on function app.lock_audit_chain() to tenantry_api, tenantry_worker;
