-- The tenant of a transaction, and the reviewed exceptions that the catalog lint allows.
-- Schemas and roles are made by `tenantry migrate` before the first migration (crates/store/src/roles.rs).

create table app_meta.global_table (name name primary key, reason text not null);
create table app_meta.definer_function (signature text primary key, reason text not null);
create table app_meta.allowed_trigger (name name primary key, reason text not null);
grant select on app_meta.global_table, app_meta.definer_function, app_meta.allowed_trigger
    to tenantry_api, tenantry_worker, tenantry_inbox;

-- Raises when no tenant is bound: an empty answer would hide the mistake. After a transaction the setting is '', not
-- null, so both are asked for.
create function app.org() returns text
    language plpgsql stable parallel safe set search_path = ''
as $$
declare
    v_org text := current_setting('app.org_id', true);
begin
    if v_org is null or v_org = '' then
        raise exception 'no tenant is bound to this transaction' using errcode = '28000';
    end if;
    return v_org;
end
$$;
grant execute on function app.org() to tenantry_api, tenantry_worker;

-- The one setter. SET LOCAL rather than set_config: it ends with the transaction, cannot be called from inside an
-- expression, and Citus hands it on to the shards.
create function app.set_org(p_org text) returns void
    language plpgsql set search_path = ''
as $$
declare
    v_bound text := current_setting('app.org_id', true);
begin
    if p_org is null or p_org !~ '^(org_[A-Za-z0-9]{16}|ind_[0-9a-f]{32})$' then
        raise exception 'not the id of a tenant' using errcode = '22023';
    end if;
    if v_bound <> '' and v_bound <> p_org then
        raise exception 'another tenant is bound to this transaction' using errcode = '28000';
    end if;
    execute format('set local app.org_id = %L', p_org);
end
$$;
grant execute on function app.set_org(text) to tenantry_api, tenantry_worker;
