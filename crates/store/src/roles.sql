-- Roles, schemas and what everybody loses. Run as the cluster's administrator before the migrations; may be repeated.

-- Roles belong to the whole cluster: a migration of another database may run at this moment.
lock table pg_catalog.pg_authid in share row exclusive mode;

do $$
declare
    v_role text;
begin
    foreach v_role in array array[
        'tenantry_owner', 'tenantry_migrator', 'tenantry_api', 'tenantry_worker', 'tenantry_inbox', 'tenantry_platform'
    ] loop
        if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
            execute format('create role %I', v_role);
        end if;
        execute format(
            'alter role %I nosuperuser nobypassrls nocreaterole nocreatedb noreplication noinherit', v_role
        );
    end loop;

    -- Owns the one function that deletes a tenant. It sees what the worker's policies let it see, by membership.
    if not exists (select from pg_catalog.pg_roles where rolname = 'tenantry_eraser') then
        create role tenantry_eraser;
    end if;
    alter role tenantry_eraser
        nologin nosuperuser nobypassrls nocreaterole nocreatedb noreplication inherit;

    -- Set on the role and not by the client, so that it also holds behind a pooler.
    foreach v_role in array array['tenantry_api', 'tenantry_worker', 'tenantry_inbox', 'tenantry_platform'] loop
        execute format('alter role %I set statement_timeout = %L', v_role, '10s');
        execute format('alter role %I set lock_timeout = %L', v_role, '5s');
        execute format('alter role %I set idle_in_transaction_session_timeout = %L', v_role, '10s');
        execute format('alter role %I set search_path = %L', v_role, '');
        -- Each statement is short: to compile one takes longer than to run it.
        execute format('alter role %I set jit = off', v_role);
        -- The release hook rolls back without asking whether there is something to roll back.
        execute format('alter role %I set client_min_messages = %L', v_role, 'error');
    end loop;

    -- A temporary table would outlive the transaction on a pooled connection.
    execute format('revoke temporary on database %I from public', current_database());
end
$$;

alter role tenantry_owner nologin;
alter role tenantry_migrator login;
alter role tenantry_api login;
alter role tenantry_worker login;
alter role tenantry_inbox login;
alter role tenantry_platform login;
grant tenantry_owner to tenantry_migrator;
grant tenantry_worker to tenantry_eraser;
-- To make it the owner of that function.
grant tenantry_eraser to tenantry_owner;

create schema if not exists app authorization tenantry_owner;
create schema if not exists ops authorization tenantry_owner;
create schema if not exists app_meta authorization tenantry_owner;
grant usage on schema app to tenantry_api, tenantry_worker;
grant usage on schema ops to tenantry_api, tenantry_worker, tenantry_inbox, tenantry_platform;
grant usage on schema app_meta to tenantry_api, tenantry_worker, tenantry_inbox, tenantry_platform;
revoke create on schema public from public;

alter default privileges for role tenantry_owner revoke execute on functions from public;

-- It can be called from inside any expression, so an injected SELECT could bind another tenant.
revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
