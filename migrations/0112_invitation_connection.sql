-- An invitation that is sent again is bound to what the organization insists on by then.
grant update (connection) on app.invitations to tenantry_api, tenantry_worker;
