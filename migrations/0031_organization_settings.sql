-- How an organization looks at the login, and what it lets its members do. Colours come in pairs, as Auth0 takes them.
alter table app.customers
    add column logo_url text,
    add column primary_color text,
    add column page_background text,
    add column members_can_invite boolean not null default false;
alter table app.customers add constraint customers_colors check (
    (primary_color is null) = (page_background is null)
) not valid;
grant update (logo_url, primary_color, page_background, members_can_invite) on app.customers
    to tenantry_api, tenantry_worker;

alter table app.audit_events validate constraint audit_events_link;
