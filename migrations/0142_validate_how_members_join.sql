alter table app.memberships validate constraint memberships_joined_by;
