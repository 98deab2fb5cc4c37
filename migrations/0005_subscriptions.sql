-- The subscription of a tenant. The checks store exactly the states that the domain's enum can hold.
create table app.subscriptions (
    org_id text not null primary key,
    plan text not null,
    state text not null,
    ends_at timestamptz,
    billing_interval text,
    seats integer,
    paid_until timestamptz,
    cancel_at_period_end boolean,
    grace_until timestamptz,
    since timestamptz,
    stripe_customer_id text,
    stripe_subscription_id text,
    stripe_price text,
    version bigint not null default 1,
    constraint subscriptions_customer foreign key (org_id) references app.customers (org_id),
    constraint subscriptions_plan check (plan in ('trial', 'personal', 'team', 'enterprise')),
    constraint subscriptions_state check (
        state in ('trial', 'activation', 'active', 'past_due', 'expired', 'canceled')
    ),
    constraint subscriptions_billing_interval check (billing_interval in ('month', 'year')),
    constraint subscriptions_seats check (seats >= 1),
    constraint subscriptions_trial check (
        (state = 'trial') = (ends_at is not null) and (state <> 'trial' or plan = 'trial')
    ),
    constraint subscriptions_term check (
        (state in ('activation', 'active', 'past_due')) = (paid_until is not null)
        and (paid_until is null) = (billing_interval is null)
        and (paid_until is null) = (seats is null)
        and (paid_until is null or plan <> 'trial')
    ),
    constraint subscriptions_activation check (state <> 'activation' or plan in ('team', 'enterprise')),
    constraint subscriptions_active check ((state = 'active') = (cancel_at_period_end is not null)),
    constraint subscriptions_past_due check ((state = 'past_due') = (grace_until is not null)),
    constraint subscriptions_ended check (
        (state in ('expired', 'canceled')) = (since is not null) and (state <> 'canceled' or plan <> 'trial')
    )
);

alter table app.subscriptions enable row level security;
alter table app.subscriptions force row level security;
create policy tenant on app.subscriptions for all to tenantry_api, tenantry_worker
    using (org_id = app.org()) with check (org_id = app.org());
grant select, insert on app.subscriptions to tenantry_api, tenantry_worker;
grant update (plan, state, ends_at, billing_interval, seats, paid_until, cancel_at_period_end, grace_until, since,
    stripe_customer_id, stripe_subscription_id, stripe_price, version) on app.subscriptions
    to tenantry_api, tenantry_worker;
