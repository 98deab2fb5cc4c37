-- A domain leads to one identity provider, and only while the organization has claimed it; that it is proved is looked
-- at under the domain's lock.
alter table app.identity_provider_domains
    add constraint identity_provider_domains_one_provider unique (org_id, domain);
alter table app.identity_provider_domains
    add constraint identity_provider_domains_claimed foreign key (org_id, domain)
        references app.domains (org_id, domain) on delete cascade;
