-- What the organization asks of its members beside their first login; null as long as nothing was ever said.
alter table app.customers
    add column mfa_enforce boolean,
    add column mfa_providers text[],
    add column mfa_skip_federated boolean;
alter table app.customers add constraint customers_mfa_policy check (
    num_nulls(mfa_enforce, mfa_providers, mfa_skip_federated) in (0, 3)
    and (mfa_providers is null or cardinality(mfa_providers) between 1 and 4)
) not valid;
grant update (mfa_enforce, mfa_providers, mfa_skip_federated) on app.customers to tenantry_api, tenantry_worker;
