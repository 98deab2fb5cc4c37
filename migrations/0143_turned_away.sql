-- Who last came by an invitation that was void, and when Auth0 had let them go again. What their account says of the
-- invitation stays there, and bars nobody who comes another way later.
alter table app.invitations
    add column turned_away text,
    add column turned_away_at timestamptz;
grant update (turned_away, turned_away_at) on app.invitations to tenantry_api, tenantry_worker;
