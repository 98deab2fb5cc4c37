-- More ways in: by the company's own identity provider, made by its directory, and the two imports.
alter table app.memberships drop constraint memberships_joined_by;
alter table app.memberships add constraint memberships_joined_by check (
    joined_by in (
        'purchase', 'invitation', 'addition', 'identity_provider', 'scim', 'user_import', 'organization_import'
    )
) not valid;
