-- Whether a job of the bound tenant has still to run, or ran so lately that the other side may not show it yet.
create function ops.job_is_unsettled(p_kind text, p_dedup_key text, p_settling interval) returns boolean
    language sql stable security definer set search_path = ''
as $$
    select exists (
        select from ops.job j
        where j.org_id = app.org() and j.kind = p_kind and j.dedup_key = p_dedup_key and j.done_at is null
    ) or exists (
        select from ops.job j
        where j.done_at > clock_timestamp() - p_settling
          and j.org_id = app.org() and j.kind = p_kind and j.dedup_key = p_dedup_key
    )
$$;
grant execute on function ops.job_is_unsettled(text, text, interval) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.job_is_unsettled(text,text,interval)', 'asks for the bound tenant''s own jobs');
