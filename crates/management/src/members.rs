//! Members of an organization and their roles in it: `/api/v2/organizations/{id}/members`.
//!
//! Follows [Organizations](https://auth0.com/docs/api/management/v2/organizations). All lists of members are eventually
//! consistent; a removal takes effect after 5 to 10 s.

use futures::TryStreamExt;
use serde::Deserialize;
use serde_json::json;

use crate::decode::or_default;
use crate::error::Error;
use crate::organizations::Organizations;
use crate::page::{self, Listing, Page};
use crate::request::Request;
use crate::roles::Role;

/// The most that Auth0 takes in one call.
const MEMBERS_AT_ONCE: usize = 10;

const MEMBERS: &str = "organizations/{}/members";
const MEMBER_ROLES: &str = "organizations/{}/members/{}/roles";

/// A member of an organization, as its list shows them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Member {
    /// For example `auth0|64f0c0ffee64f0c0ffee64f0`.
    pub user_id: String,
    /// Of the account; proves nothing.
    pub email: Option<String>,
    /// Of the account.
    pub name: Option<String>,
    /// An address.
    pub picture: Option<String>,
    /// Roles in this organization; empty when the list did not ask for them.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<MemberRole>,
}

/// A role that a member has in one organization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MemberRole {
    /// `rol_` and 16 letters or digits.
    pub id: String,
    /// Unique in the tenant.
    pub name: String,
}

impl Organizations<'_> {
    /// All members: `GET /organizations/{id}/members` by checkpoint, scope `read:organization_members`.
    pub fn members(self, id: &str) -> Listing<Member> {
        page::by_checkpoint(self.0, Request::get(MEMBERS, &[id]), "members")
    }

    /// All members with their roles; needs the scope `read:organization_member_roles` as well.
    pub fn members_with_roles(self, id: &str) -> Listing<Member> {
        let request = Request::get(MEMBERS, &[id]).map(with_roles);
        page::by_checkpoint(self.0, request, "members")
    }

    /// One page of [`members_with_roles`](Self::members_with_roles), for a caller that keeps its place; scopes
    /// `read:organization_members` and `read:organization_member_roles`.
    pub async fn members_page(self, id: &str, from: Option<&str>) -> Result<Page<Member>, Error> {
        let request = with_roles(Request::get(MEMBERS, &[id])?);
        page::checkpoint_page(self.0, request, "members", from).await
    }

    /// `POST /organizations/{id}/members`, ten at a time, scope `create:organization_members`. Adding a member again
    /// changes nothing, so after an error, when some may have been added, the whole call can be repeated.
    pub async fn add_members(self, id: &str, user_ids: &[impl AsRef<str>]) -> Result<(), Error> {
        for members in user_ids.chunks(MEMBERS_AT_ONCE) {
            let request = Request::post(MEMBERS, &[id])?;
            self.0
                .perform(&request.body(&json!({ "members": texts(members) })))
                .await?;
        }
        Ok(())
    }

    /// `DELETE /organizations/{id}/members`, ten at a time, scope `delete:organization_members`. Their accounts stay,
    /// and tokens already issued stay valid. After an error, when some may be gone, the whole call can be repeated.
    pub async fn remove_members(self, id: &str, user_ids: &[impl AsRef<str>]) -> Result<(), Error> {
        for members in user_ids.chunks(MEMBERS_AT_ONCE) {
            let request = Request::delete(MEMBERS, &[id])?;
            self.0
                .perform(&request.body(&json!({ "members": texts(members) })))
                .await?;
        }
        Ok(())
    }

    /// `GET /organizations/{id}/members/{user_id}/roles`, at most 50, scope `read:organization_member_roles`.
    pub async fn member_roles(self, id: &str, user_id: &str) -> Result<Vec<Role>, Error> {
        let request = Request::get(MEMBER_ROLES, &[id, user_id]);
        page::by_offset(self.0, request, "roles")
            .try_collect()
            .await
    }

    /// `POST /organizations/{id}/members/{user_id}/roles` with role ids, scope `create:organization_member_roles`.
    /// Auth0 accepts it for a user who is not a member yet; the roles appear with the membership.
    pub async fn add_member_roles(
        self,
        id: &str,
        user_id: &str,
        role_ids: &[impl AsRef<str>],
    ) -> Result<(), Error> {
        let request = Request::post(MEMBER_ROLES, &[id, user_id])?;
        self.change_roles(request, role_ids).await
    }

    /// `DELETE /organizations/{id}/members/{user_id}/roles` with role ids, scope `delete:organization_member_roles`.
    pub async fn remove_member_roles(
        self,
        id: &str,
        user_id: &str,
        role_ids: &[impl AsRef<str>],
    ) -> Result<(), Error> {
        let request = Request::delete(MEMBER_ROLES, &[id, user_id])?;
        self.change_roles(request, role_ids).await
    }

    /// Auth0 refuses an empty list.
    async fn change_roles(
        self,
        request: Request,
        role_ids: &[impl AsRef<str>],
    ) -> Result<(), Error> {
        if role_ids.is_empty() {
            return Ok(());
        }
        self.0
            .perform(&request.body(&json!({ "roles": texts(role_ids) })))
            .await
    }
}

fn with_roles(request: Request) -> Request {
    request
        .query("fields", "user_id,email,name,picture,roles")
        .query("include_fields", "true")
}

fn texts(ids: &[impl AsRef<str>]) -> Vec<&str> {
    ids.iter().map(AsRef::as_ref).collect()
}
