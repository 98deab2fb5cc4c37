-- The planner takes a function for a thousand rows unless it is told otherwise: two of them joined for one row are planned
-- as a million, which Postgres then compiles (`jit`) anew for each request.
do $$
declare
    v_function regprocedure;
begin
    foreach v_function in array array[
        'app.enter_organization(text, text, text, boolean)',
        'app.lock_audit_chain()',
        'app.move_individual(app.new_organization)',
        'app.open_individual(text, text, text, timestamptz)',
        'app.open_organization(text, text, text)',
        'app.open_person(text, text, text, timestamptz, timestamptz)',
        'app.seat_cut(text)',
        'app.sso_standing(text, text)',
        'ops.auth0_log(text)',
        'ops.claim_event_feed(uuid, interval)',
        'ops.conversion_of_marker(uuid)',
        'ops.deletion()',
        'ops.erasure()',
        'ops.mirror_health()',
        'ops.mirror_state()',
        'ops.open_person(text, text, text, timestamptz)',
        'ops.person()',
        'ops.standing(text, text, timestamptz)',
        'ops.stripe_owner(text)',
        'ops.subscription_move(uuid)',
        'ops.webhook(text, text)'
    ]::regprocedure[] loop
        execute format('alter function %s rows 1', v_function);
    end loop;

    foreach v_function in array array[
        'ops.blocked_accounts(text)',
        'ops.claim_jobs(text[], integer, interval, timestamptz, integer)',
        'ops.dead_letters()',
        'ops.domains_to_check(timestamptz, integer)',
        'ops.my_organizations(text, text)',
        'ops.organizations_of_person(text, text)',
        'ops.organizations_to_reconcile(timestamptz, integer)',
        'ops.organizations_without_plan(text, integer)',
        'ops.platform_organizations(ops.organization_filter, text, integer, timestamptz)'
    ]::regprocedure[] loop
        execute format('alter function %s rows 20', v_function);
    end loop;
end
$$;
