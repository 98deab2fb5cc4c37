//! In which groups of their identity provider's directory members are, as far as Auth0 has told.

use domain::{Role, UserId};

use crate::{StoreError, TenantTx, row};

/// A member and the groups that they were in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupedMember {
    pub user_id: UserId,
    pub email: Option<String>,
    pub roles: Vec<Role>,
    pub groups: Vec<String>,
}

/// The groups of one member.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberGroups {
    pub groups: Vec<String>,
    /// Roles that these gave, and nobody by hand.
    pub given: Vec<Role>,
}

impl TenantTx {
    /// None as long as nobody has looked.
    pub async fn member_groups(
        &mut self,
        user: &UserId,
    ) -> Result<Option<MemberGroups>, StoreError> {
        let groups = self
            .statement(
                "select groups, given from app.member_groups where org_id = $1 and user_id = $2",
            )
            .bind(user.to_string());
        let found = self.fetch_optional(groups).await?;
        let found = found.map(|found| {
            Ok(MemberGroups {
                groups: row::value(&found, "groups")?,
                given: row::parsed_list(&found, "given")?,
            })
        });
        found.transpose()
    }

    pub async fn save_member_groups(
        &mut self,
        user: &UserId,
        member: &MemberGroups,
    ) -> Result<(), StoreError> {
        let given: Vec<String> = member
            .given
            .iter()
            .map(|role| role.as_str().to_owned())
            .collect();
        let save = self
            .statement(
                "insert into app.member_groups (org_id, user_id, groups, given) values ($1, $2, $3, $4) \
                 on conflict (org_id, user_id) do update set groups = excluded.groups, given = excluded.given",
            )
            .bind(user.to_string())
            .bind(member.groups.clone())
            .bind(given);
        self.execute(save).await?;
        Ok(())
    }

    /// Somebody has said by hand what the member is: from now on that is how they have it.
    pub async fn take_roles_as_given_by_hand(&mut self, user: &UserId) -> Result<(), StoreError> {
        let forget = self
            .statement(
                "update app.member_groups set given = '{}' where org_id = $1 and user_id = $2",
            )
            .bind(user.to_string());
        self.execute(forget).await?;
        Ok(())
    }

    /// In which groups everybody was who came through this connection.
    pub async fn groups_by_member(
        &mut self,
        connection_name: &str,
    ) -> Result<Vec<(UserId, Vec<String>)>, StoreError> {
        let members = self
            .statement(
                "select m.user_id, coalesce(g.groups, '{}') as groups from app.memberships m \
                 left join app.member_groups g on g.org_id = m.org_id and g.user_id = m.user_id \
                 where m.org_id = $1 and m.connection = $2 order by m.user_id",
            )
            .bind(connection_name.to_owned());
        let found = self.fetch_all(members).await?;
        found
            .iter()
            .map(|found| Ok((row::parsed(found, "user_id")?, row::value(found, "groups")?)))
            .collect()
    }

    /// Who came through this connection, by user id, as many as one look can show.
    pub async fn grouped_members(
        &mut self,
        connection_name: &str,
    ) -> Result<Vec<GroupedMember>, StoreError> {
        let members = self
            .statement(
                "select m.user_id, m.email, m.roles, coalesce(g.groups, '{}') as groups from app.memberships m \
                 left join app.member_groups g on g.org_id = m.org_id and g.user_id = m.user_id \
                 where m.org_id = $1 and m.connection = $2 order by m.user_id limit 1000",
            )
            .bind(connection_name.to_owned());
        let found = self.fetch_all(members).await?;
        found
            .iter()
            .map(|found| {
                Ok(GroupedMember {
                    user_id: row::parsed(found, "user_id")?,
                    email: row::value(found, "email")?,
                    roles: row::parsed_list(found, "roles")?,
                    groups: row::value(found, "groups")?,
                })
            })
            .collect()
    }
}
