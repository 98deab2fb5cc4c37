-- A search finds where any word of a name begins: the rest of the name from its second and its third word on, and the
-- last one of those that have more. Words in the middle of longer names are left out.
alter table app.memberships
    add column name_from_second text collate "C"
        generated always as (lower(substring(name from '^\s*\S+\s+(\S.*)$'))) stored,
    add column name_from_third text collate "C"
        generated always as (lower(substring(name from '^\s*\S+\s+\S+\s+(\S.*)$'))) stored,
    add column name_last text collate "C"
        generated always as (lower(substring(name from '^\s*(?:\S+\s+){3,}(\S+)\s*$'))) stored;
create index memberships_name_from_second on app.memberships (org_id, name_from_second, user_id)
    where name_from_second is not null;
create index memberships_name_from_third on app.memberships (org_id, name_from_third, user_id)
    where name_from_third is not null;
create index memberships_name_last on app.memberships (org_id, name_last, user_id) where name_last is not null;
