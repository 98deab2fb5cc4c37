alter table app.customers validate constraint customers_sso;
