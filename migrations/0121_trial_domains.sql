-- Companies that had a trial, by the domain of a verified address, where that is had once for each. The row outlives the
-- holder: whoever is deleted and comes back has no second one.
create table ops.trial_domain (
    domain text primary key,
    -- The individual's tenant.
    holder text not null,
    claimed_at timestamptz not null
);

-- Whether the bound tenant is the one that has the trial of this domain. The first to ask has it.
create function ops.claim_trial_domain(p_domain text, p_now timestamptz) returns boolean
    language plpgsql security definer set search_path = ''
as $$
begin
    insert into ops.trial_domain (domain, holder, claimed_at) values (p_domain, app.org(), p_now)
    on conflict (domain) do nothing;
    return exists (select from ops.trial_domain t where t.domain = p_domain and t.holder = app.org());
end
$$;
grant execute on function ops.claim_trial_domain(text, timestamptz) to tenantry_worker;

insert into app_meta.definer_function (signature, reason) values
    ('ops.claim_trial_domain(text,timestamp with time zone)', 'a domain is unique across tenants');
