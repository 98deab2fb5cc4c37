//! Groups of a customer's directory, as their identity provider keeps them at Auth0 by SCIM: `/api/v2/groups`, following
//! [Groups](https://auth0.com/docs/api/management/v2/groups).

use serde::Deserialize;

use crate::client::Client;
use crate::page::{self, Listing};
use crate::request::Request;

/// A group of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// `grp_` and 14 to 22 letters or digits.
    pub id: String,
    /// As the directory calls it.
    pub name: String,
    /// The connection's id; none for a group of the tenant's own.
    pub connection_id: Option<String>,
}

/// Who is in a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroupMember {
    /// A user's id, or a group's.
    pub id: String,
}

/// Calls below `/groups`, following [Groups](https://auth0.com/docs/api/management/v2/groups).
#[derive(Clone, Copy)]
pub struct Groups<'a>(pub(crate) &'a Client);

impl Groups<'_> {
    /// All groups of a connection: `GET /groups?connection_id=`, scope `read:groups`.
    pub fn of_connection(self, connection_id: &str) -> Listing<Group> {
        let request = Request::get("groups", &[]);
        let request = request.map(|all| all.query("connection_id", connection_id));
        page::by_checkpoint(self.0, request, "groups")
    }

    /// Its direct members: `GET /groups/{id}/members`, scope `read:group_members`.
    pub fn members(self, id: &str) -> Listing<GroupMember> {
        page::by_checkpoint(self.0, Request::get("groups/{}/members", &[id]), "members")
    }

    /// The groups that a user is in: `GET /users/{id}/groups`, scope `read:groups`.
    pub fn of_user(self, user_id: &str) -> Listing<Group> {
        page::by_checkpoint(
            self.0,
            Request::get("users/{}/groups", &[user_id]),
            "groups",
        )
    }
}
