-- The terms that begin with the next period, a refund that no later news may undo, and a payment that is disputed.
alter table app.subscriptions
    add column next_plan text,
    add column next_interval text,
    add column next_seats integer,
    add column refunded_until timestamptz,
    add column disputed_at timestamptz;
alter table app.subscriptions
    add constraint subscriptions_next check (
        (next_plan is null) = (next_interval is null)
        and (next_plan is null) = (next_seats is null)
        and next_plan in ('personal', 'team', 'enterprise')
        and next_interval in ('month', 'year')
        and next_seats >= 1
    ) not valid;
grant update (next_plan, next_interval, next_seats, refunded_until, disputed_at) on app.subscriptions
    to tenantry_api, tenantry_worker;
