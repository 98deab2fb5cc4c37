//! Auth0's lists of members are eventually consistent: what was changed a moment ago, so that a list can show how things
//! were before.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Member, Organization};

/// No list lags longer.
pub(crate) const LONGEST: TimeDelta = TimeDelta::minutes(10);

/// Bulk tests do not look at lists that lag.
const MOST: usize = 10_000;

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct RecentChanges(VecDeque<Change>);

#[derive(Clone, Serialize, Deserialize)]
struct Change {
    at: DateTime<Utc>,
    user_id: String,
    member_before: Option<Member>,
    roles_before: BTreeSet<String>,
}

/// The members and their roles by user id, as a list shows them.
pub(crate) type ListedMembers<'a> = BTreeMap<&'a str, (&'a Member, Option<&'a BTreeSet<String>>)>;

impl Organization {
    /// Said before a membership or the roles in it change.
    pub(crate) fn is_changing(&mut self, user_id: &str, at: DateTime<Utc>) {
        let changes = &mut self.recent.0;
        changes.push_back(Change {
            at,
            user_id: user_id.to_owned(),
            member_before: self.members.get(user_id).cloned(),
            roles_before: self.member_roles.get(user_id).cloned().unwrap_or_default(),
        });
        while let Some(first) = changes.front()
            && (changes.len() > MOST || at - first.at > LONGEST)
        {
            changes.pop_front();
        }
    }

    /// Those that a list shows which is as old as `as_of`.
    pub(crate) fn listed_members(&self, as_of: DateTime<Utc>) -> ListedMembers<'_> {
        let members = self.members.iter();
        let mut listed: ListedMembers<'_> = members
            .map(|(id, member)| (id.as_str(), (member, self.member_roles.get(id))))
            .collect();
        let later = self.recent.0.iter().rev();
        for change in later.take_while(|change| change.at > as_of) {
            match &change.member_before {
                Some(member) => {
                    let before = (member, Some(&change.roles_before));
                    listed.insert(&change.user_id, before);
                }
                None => drop(listed.remove(change.user_id.as_str())),
            }
        }
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_how_things_were() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let mut organization = Organization::default();
        organization.is_changing("ada", at(1));
        let since = at(1);
        organization.members.insert("ada".into(), Member { since });
        organization.is_changing("ada", at(2));
        let roles = BTreeSet::from(["rol_1".to_owned()]);
        organization.member_roles.insert("ada".into(), roles);
        organization.is_changing("ada", at(3));
        organization.members.remove("ada");
        organization.member_roles.remove("ada");
        let shown = |seconds| {
            let listed = organization.listed_members(at(seconds));
            listed
                .get("ada")
                .map(|(_, roles)| roles.map_or(0, BTreeSet::len))
        };
        let over_time = [0, 1, 2, 3, 4].map(shown);
        assert_eq!(over_time, [None, Some(0), Some(1), None, None]);
    }
}
