//! Which roles the groups of a customer's directory give.

use serde::{Deserialize, Serialize};

use crate::role::Role;

/// Members of this group get this role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRole {
    /// As the provider writes it: a name or an id, compared to the letter.
    pub group: String,
    pub role: Role,
}

/// At most 100 pairs, none twice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<GroupRole>", into = "Vec<GroupRole>")]
pub struct GroupRoles(Vec<GroupRole>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGroupRoles {
    #[error("There may be 100 groups at most.")]
    TooMany,
    #[error("A group's name has 1 to 256 characters, none of them a control character.")]
    Group,
    #[error("The same group gives the same role twice.")]
    Twice,
}

impl InvalidGroupRoles {
    pub fn code(self) -> &'static str {
        match self {
            Self::TooMany => "too_many",
            Self::Group => "invalid",
            Self::Twice => "duplicate",
        }
    }
}

impl TryFrom<Vec<GroupRole>> for GroupRoles {
    type Error = InvalidGroupRoles;

    fn try_from(pairs: Vec<GroupRole>) -> Result<Self, InvalidGroupRoles> {
        if pairs.len() > 100 {
            return Err(InvalidGroupRoles::TooMany);
        }
        let is_name = |group: &str| {
            (1..=256).contains(&group.chars().count()) && !group.chars().any(char::is_control)
        };
        if !pairs.iter().all(|pair| is_name(&pair.group)) {
            return Err(InvalidGroupRoles::Group);
        }
        let mut sorted: Vec<_> = pairs.iter().collect();
        sorted.sort();
        sorted.dedup();
        if sorted.len() < pairs.len() {
            return Err(InvalidGroupRoles::Twice);
        }
        Ok(Self(pairs))
    }
}

impl From<GroupRoles> for Vec<GroupRole> {
    fn from(roles: GroupRoles) -> Self {
        roles.0
    }
}

/// What a member has, and which of it their groups gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub roles: Vec<Role>,
    /// The others were given by hand.
    pub given: Vec<Role>,
}

impl GroupRoles {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What somebody in these groups gets: every role that one of them gives, and what there is by default where none
    /// does. Never none.
    pub fn of(&self, groups: &[String], default: Role) -> Vec<Role> {
        let mut roles: Vec<Role> = self
            .0
            .iter()
            .filter(|pair| groups.contains(&pair.group))
            .map(|pair| pair.role)
            .collect();
        roles.sort();
        roles.dedup();
        if roles.is_empty() {
            roles.push(default);
        }
        roles
    }

    /// What becomes of somebody who goes over from the groups `before` to `after`: what groups gave and none gives any
    /// more goes, what they did not give before comes, what was given by hand stays. Never none.
    pub fn moved(&self, held: &Held, before: &[String], after: &[String], default: Role) -> Held {
        let gives = |groups: &[String], role: Role| {
            let mut pairs = self.0.iter();
            pairs.any(|pair| pair.role == role && groups.contains(&pair.group))
        };
        let still = self.of(after, default);
        let gained: Vec<Role> = Role::ALL
            .iter()
            .copied()
            .filter(|role| gives(after, *role) && !gives(before, *role))
            .filter(|role| !held.roles.contains(role))
            .collect();
        let stays = |role: &Role| !held.given.contains(role) || still.contains(role);
        let kept = |roles: &[Role]| -> Vec<Role> {
            let mut kept: Vec<Role> = roles.iter().copied().filter(stays).collect();
            kept.extend(&gained);
            kept.sort();
            kept.dedup();
            kept
        };
        let mut moved = Held {
            roles: kept(&held.roles),
            given: kept(&held.given),
        };
        if moved.roles.is_empty() {
            moved = Held {
                roles: vec![default],
                given: vec![default],
            };
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(group: &str, role: Role) -> GroupRole {
        GroupRole {
            group: group.to_owned(),
            role,
        }
    }

    #[test]
    fn roles_of_all_groups_add_up_and_no_group_gives_the_default() {
        let mapped = GroupRoles::try_from(vec![
            pair("Admins", Role::OrgAdmin),
            pair("Finance", Role::OrgBilling),
            pair("Controlling", Role::OrgBilling),
        ])
        .unwrap();
        let of = |groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
            mapped.of(&groups, Role::OrgReadonly)
        };
        assert_eq!(of(&["Finance", "Controlling"]), [Role::OrgBilling]);
        assert_eq!(
            of(&["Finance", "Admins", "Other"]),
            [Role::OrgAdmin, Role::OrgBilling]
        );
        assert_eq!(of(&[]), [Role::OrgReadonly]);
        assert_eq!(of(&["admins"]), [Role::OrgReadonly]);
    }

    #[test]
    fn a_mover_has_what_the_new_groups_give_and_keeps_what_came_by_hand() {
        use Role::{OrgAdmin, OrgBilling, OrgMember, OrgReadonly};
        let mapped = GroupRoles::try_from(vec![
            pair("Admins", OrgAdmin),
            pair("Finance", OrgBilling),
            pair("Books", OrgBilling),
        ])
        .unwrap();
        let moved = |roles: &[Role], given: &[Role], before: &[&str], after: &[&str]| {
            let owned = |groups: &[&str]| -> Vec<String> {
                groups.iter().map(|group| (*group).to_owned()).collect()
            };
            let held = Held {
                roles: roles.to_vec(),
                given: given.to_vec(),
            };
            let moved = mapped.moved(&held, &owned(before), &owned(after), OrgReadonly);
            (moved.roles, moved.given)
        };
        let both = |roles: &[Role], given: &[Role]| (roles.to_vec(), given.to_vec());
        let (admin, billing) = ([OrgAdmin], [OrgBilling]);
        assert_eq!(
            moved(&admin, &admin, &["Admins"], &["Finance"]),
            both(&billing, &billing)
        );
        assert_eq!(
            moved(&billing, &billing, &["Finance"], &["Books"]),
            both(&billing, &billing)
        );
        let default = [OrgReadonly];
        assert_eq!(
            moved(&admin, &admin, &["Admins"], &[]),
            both(&default, &default)
        );
        assert_eq!(
            moved(&default, &default, &[], &["Finance"]),
            both(&billing, &billing)
        );
        // By hand: an invitation, or an administrator.
        let by_hand = [OrgMember];
        let more = [OrgMember, OrgBilling];
        assert_eq!(
            moved(&by_hand, &[], &[], &["Finance"]),
            both(&more, &billing)
        );
        assert_eq!(
            moved(&more, &billing, &["Finance"], &[]),
            both(&by_hand, &[])
        );
        assert_eq!(moved(&billing, &[], &["Finance"], &[]), both(&billing, &[]));
        assert_eq!(
            moved(&by_hand, &[], &["Admins"], &["Admins", "Staff"]),
            both(&by_hand, &[])
        );
        // Taken by hand, it does not come back for a group that they were in before.
        assert_eq!(
            moved(&by_hand, &admin, &["Admins"], &["Admins", "Staff"]),
            both(&by_hand, &admin)
        );
    }

    #[test]
    fn a_mapping_is_short_and_says_nothing_twice() {
        let twice = vec![pair("A", Role::OrgMember), pair("A", Role::OrgMember)];
        assert_eq!(GroupRoles::try_from(twice), Err(InvalidGroupRoles::Twice));
        let empty = vec![pair("", Role::OrgMember)];
        assert_eq!(GroupRoles::try_from(empty), Err(InvalidGroupRoles::Group));
        let many = (0..101).map(|n| pair(&n.to_string(), Role::OrgMember));
        let many: Vec<_> = many.collect();
        assert_eq!(GroupRoles::try_from(many), Err(InvalidGroupRoles::TooMany));
    }
}
