alter table app.customers validate constraint customers_mfa_policy;
