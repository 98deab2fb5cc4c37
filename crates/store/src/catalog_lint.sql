-- One row for each defect: (rule, object). Run with an empty search_path, so that names come out qualified.
-- A tenant table is every table of schema app that app_meta.global_table does not list.
with login (role) as (
    select r.oid from pg_catalog.pg_roles r
    where r.rolname in ('tenantry_api', 'tenantry_worker', 'tenantry_inbox', 'tenantry_platform')
), relation as (
    select c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.reloptions, n.nspname as schema,
        c.oid::regclass::text as name, c.relrowsecurity, c.relforcerowsecurity
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('app', 'ops')
), tenant as (
    select r.*, a.attnum as org_attnum, a.attnotnull as org_not_null, a.atttypid as org_type
    from relation r
    left join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attname = 'org_id' and not a.attisdropped
    where r.schema = 'app' and r.relkind in ('r', 'p')
      and not exists (select from app_meta.global_table g where g.name = r.relname)
), foreign_key as (
    select k.*, t.name as table_name, t.org_attnum, k.conrelid::regclass::text || '.' || k.conname as name
    from tenant t join pg_catalog.pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
), function as (
    select p.oid, p.proname, p.prosrc, p.prosecdef, p.proconfig, p.proacl, p.proowner, p.prorows, n.nspname as schema,
        p.oid::regprocedure::text as signature
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('app', 'ops', 'app_meta')
)
select 'L01 no org_id' as rule, t.name as object from tenant t where t.org_attnum is null
union all
select 'L02 org_id nullable', t.name from tenant t where not t.org_not_null
union all
select 'L03 row-level security off', t.name from tenant t where not t.relrowsecurity
union all
select 'L04 row-level security not forced', t.name from tenant t where not t.relforcerowsecurity
union all
select 'L05 not exactly one permissive policy', t.name from tenant t
where (select count(*) from pg_catalog.pg_policy p where p.polrelid = t.oid and p.polpermissive) <> 1
union all
select 'L06 policy is not the agreed one', t.name || '.' || p.polname
from tenant t join pg_catalog.pg_policy p on p.polrelid = t.oid
where p.polpermissive and (
    p.polcmd <> '*'
    or pg_get_expr(p.polqual, p.polrelid) is distinct from '(org_id = app.org())'
    or pg_get_expr(p.polwithcheck, p.polrelid) is distinct from '(org_id = app.org())'
    or exists (
        select from unnest(p.polroles) granted (role) left join pg_catalog.pg_roles r on r.oid = granted.role
        where coalesce(r.rolname not in ('tenantry_api', 'tenantry_worker'), true)
    )
)
union all
select 'L07 primary key does not start with org_id', t.name from tenant t
where not exists (
    select from pg_catalog.pg_index i
    where i.indrelid = t.oid and i.indisprimary and i.indkey[0] = t.org_attnum
)
union all
select 'L08 unique key does not start with org_id', i.indexrelid::regclass::text
from tenant t join pg_catalog.pg_index i on i.indrelid = t.oid
where (i.indisunique or i.indisexclusion) and i.indkey[0] is distinct from t.org_attnum
union all
select 'L09 foreign key does not start with org_id', f.name
from foreign_key f join tenant target on target.oid = f.confrelid
where f.conkey[1] is distinct from f.org_attnum or f.confkey[1] is distinct from target.org_attnum
union all
select 'L10 foreign key without an index', f.name from foreign_key f
where not exists (
    select from pg_catalog.pg_index i
    where i.indrelid = f.conrelid and i.indpred is null
      and (i.indkey::smallint[])[0:cardinality(f.conkey) - 1] @> f.conkey
)
union all
select 'L11 login role has power over row-level security', r.rolname::text
from login l join pg_catalog.pg_roles r on r.oid = l.role
where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
   or exists (select from pg_catalog.pg_auth_members m where m.member = r.oid)
   or exists (select from relation x where x.relowner = r.oid)
   or exists (select from function f where f.proowner = r.oid)
   or exists (
       select from pg_catalog.pg_namespace n where n.nspname in ('app', 'ops', 'app_meta')
       and (n.nspowner = r.oid or has_schema_privilege(r.oid, n.oid, 'create'))
   )
union all
select 'L12 view is not security_invoker', r.name from relation r
where r.schema = 'app' and r.relkind = 'v' and not exists (
    select from unnest(r.reloptions) o where lower(o) in ('security_invoker=true', 'security_invoker=on', 'security_invoker=1')
)
union all
select 'L13 materialized view', r.name from relation r where r.schema = 'app' and r.relkind = 'm'
union all
select 'L14 SECURITY DEFINER function is not listed', f.signature from function f
where f.prosecdef and not exists (select from app_meta.definer_function d where d.signature = f.signature)
union all
select 'L15 function without a pinned search_path', f.signature from function f
where not exists (select from unnest(f.proconfig) c where c like 'search_path=%')
union all
select 'L16 login role may truncate, reference or trigger', t.name || ' ' || privilege
from tenant t, login l, unnest(array['truncate', 'references', 'trigger']) privilege
where has_table_privilege(l.role, t.oid, privilege)
union all
select 'L17 partition is reachable directly', i.inhrelid::regclass::text
from pg_catalog.pg_inherits i join tenant t on t.oid = i.inhparent, login l
where has_table_privilege(l.role, i.inhrelid, 'select, insert, update, delete')
   or has_any_column_privilege(l.role, i.inhrelid, 'select, insert, update')
union all
select 'L18 login role may use a sequence', r.name from relation r, login l
where r.relkind = 'S' and has_sequence_privilege(l.role, r.oid, 'usage, select, update')
union all
select 'L19 PUBLIC has a grant', r.name from relation r, aclexplode(r.relacl) a where a.grantee = 0
union all
select 'L20 foreign table', r.name from relation r where r.relkind = 'f'
union all
select 'L21 rule or trigger', t.name || '.' || g.tgname
from tenant t join pg_catalog.pg_trigger g on g.tgrelid = t.oid
where not g.tgisinternal and not exists (select from app_meta.allowed_trigger a where a.name = g.tgname)
union all
select 'L21 rule or trigger', t.name || '.' || w.rulename
from tenant t join pg_catalog.pg_rewrite w on w.ev_class = t.oid
union all
select 'L22 foreign key sets null or a default', f.name from foreign_key f
where f.confdeltype in ('n', 'd') or f.confupdtype in ('n', 'd')
union all
select 'L23 identity or serial column', t.name || '.' || a.attname
from tenant t join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like 'nextval(%'
union all
select 'L24 foreign key between app and another schema', k.conrelid::regclass::text || '.' || k.conname
from pg_catalog.pg_constraint k
join pg_catalog.pg_class c on c.oid = k.conrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_class d on d.oid = k.confrelid join pg_catalog.pg_namespace m on m.oid = d.relnamespace
where k.contype = 'f' and n.nspname <> m.nspname and 'app' in (n.nspname, m.nspname)
union all
select 'L25 set_config is executable', r.rolname::text from login l join pg_catalog.pg_roles r on r.oid = l.role
where has_function_privilege(l.role, 'pg_catalog.set_config(text, text, boolean)', 'execute')
union all
select 'L26 login role reaches an ops table', r.name || ' ' || role.rolname
from relation r, login l join pg_catalog.pg_roles role on role.oid = l.role
where r.schema = 'ops' and r.relkind in ('r', 'p', 'v', 'm', 'f') and (
    has_table_privilege(l.role, r.oid, 'select, insert, update, delete, truncate, references, trigger')
    or has_any_column_privilege(l.role, r.oid, 'select, insert, update, references')
)
union all
select 'L27 PUBLIC may execute a function', f.signature from function f
where f.proacl is null or exists (select from aclexplode(f.proacl) a where a.grantee = 0)
union all
select 'L28 a second setter of the tenant', f.signature from function f
where f.signature not in ('app.set_org(text)', 'app.move_individual(app.new_organization)')
  and (f.prosrc ~* '\mset_config\M' or f.prosrc ~* '\mset\s+((local|session)\s+)?app\.org_id')
union all
select 'L29 org_id is not text', t.name from tenant t where t.org_type <> 'pg_catalog.text'::regtype
union all
select 'L30 table of app is owned by another role', t.name from tenant t
where t.relowner <> (select r.oid from pg_catalog.pg_roles r where r.rolname = 'tenantry_owner')
union all
select 'L31 login role may make temporary tables', r.rolname::text
from login l join pg_catalog.pg_roles r on r.oid = l.role
where has_database_privilege(l.role, current_database(), 'temporary')
union all
select 'L32 tenant table that cannot be erased', t.name from tenant t
where not has_table_privilege('tenantry_eraser', t.oid, 'delete')
union all
-- The default, which no function of ours comes near.
select 'L33 function without an estimate of its rows', f.signature from function f where f.prorows = 1000
order by 1, 2
