//! Organizations: `/api/v2/organizations`.
//!
//! Fields and limits follow [Organizations](https://auth0.com/docs/api/management/v2/organizations) and
//! [entity limits](https://auth0.com/docs/troubleshoot/customer-support/operational-policies/entity-limit-policy).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::decode::or_default;
use crate::error::Error;
use crate::page::{self, Listing, Page};
use crate::request::Request;

/// An organization of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Organization {
    /// `org_` and 16 letters or digits.
    pub id: String,
    /// 1 to 50 characters, unique in the tenant; can be changed and taken over by another organization.
    pub name: String,
    /// What people see; 1 to 255 characters.
    pub display_name: Option<String>,
    /// At most 25 entries, keys and values at most 255 characters.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: BTreeMap<String, String>,
    /// How its login page looks; none for the tenant's own look.
    pub branding: Option<Branding>,
}

/// How an organization's login page looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branding {
    /// An https address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// None for the tenant's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colors: Option<Colors>,
}

/// Both as `#RGB` or `#RRGGBB`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colors {
    /// Of buttons and links.
    pub primary: String,
    /// Behind the form.
    pub page_background: String,
}

/// What `POST /organizations` takes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewOrganization {
    /// `^(?!org_)[a-z0-9]([a-z0-9-_]*[a-z0-9])?$`, 1 to 50 characters.
    pub name: String,
    /// 1 to 255 characters.
    pub display_name: String,
    /// At most 25 entries, keys and values at most 255 characters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// How its login page looks; `None` for the tenant's own look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branding: Option<Branding>,
    /// At most 10. Needs the scope `create:organization_connections` as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enabled_connections: Vec<EnabledConnection>,
}

/// A connection whose users may log in to the organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EnabledConnection {
    /// `con_` and 16 letters or digits.
    pub connection_id: String,
    /// Whoever logs in through it becomes a member.
    pub assign_membership_on_login: bool,
    /// For enterprise connections only; `None` leaves Auth0's default, true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_as_button: Option<bool>,
    /// For database connections only, and only together with `assign_membership_on_login`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_signup_enabled: Option<bool>,
}

/// What `PATCH /organizations/{id}` takes; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OrganizationPatch {
    /// 1 to 50 characters, unique in the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 1 to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Replaces the whole map; to change single entries use [`Organizations::merge_metadata`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// Replaces what there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branding: Option<Branding>,
}

/// Calls below `/organizations`, members, invitations, connections and domains included, following
/// [Organizations](https://auth0.com/docs/api/management/v2/organizations).
///
/// All lists of members are eventually consistent; a removal takes effect after 5 to 10 s. An invitation has no state:
/// once it is accepted, expired, deleted or spoiled by the wrong account, Auth0 no longer knows it.
#[derive(Clone, Copy)]
pub struct Organizations<'a>(pub(crate) &'a Client);

impl Organizations<'_> {
    /// `POST /organizations`, scope `create:organizations`.
    ///
    /// [`Error::Conflict`] when the name is taken. After an error of class Retry the organization may exist: look for
    /// it with [`by_name`](Self::by_name) before repeating.
    pub async fn create(self, new: &NewOrganization) -> Result<Organization, Error> {
        self.0
            .fetch(&Request::post("organizations", &[])?.body(new))
            .await
    }

    /// `GET /organizations/{id}`, scope `read:organizations`.
    pub async fn show(self, id: &str) -> Result<Option<Organization>, Error> {
        self.0.find(&Request::get("organizations/{}", &[id])?).await
    }

    /// `GET /organizations/name/{name}`, scope `read:organizations`.
    pub async fn by_name(self, name: &str) -> Result<Option<Organization>, Error> {
        self.0
            .find(&Request::get("organizations/name/{}", &[name])?)
            .await
    }

    /// All organizations of the tenant: `GET /organizations` by checkpoint, scope `read:organizations`. Eventually
    /// consistent; without `enabled_connections`.
    pub fn list(self) -> Listing<Organization> {
        page::by_checkpoint(self.0, Request::get("organizations", &[]), "organizations")
    }

    /// One page of [`list`](Self::list), for a caller that keeps its place across rate limits and restarts.
    pub async fn page(self, from: Option<&str>) -> Result<Page<Organization>, Error> {
        let request = Request::get("organizations", &[])?;
        page::checkpoint_page(self.0, request, "organizations", from).await
    }

    /// `PATCH /organizations/{id}`, scope `update:organizations`. An unknown id is [`Error::Refused`] with 404.
    pub async fn change(self, id: &str, patch: &OrganizationPatch) -> Result<Organization, Error> {
        self.0
            .fetch(&Request::patch("organizations/{}", &[id])?.body(patch))
            .await
    }

    /// Sets (`Some`) and removes (`None`) single metadata entries: GET, then PATCH with the whole map, because a PATCH
    /// replaces it. Sends no PATCH when nothing would change.
    ///
    /// Two merges of one organization at the same time lose one of them: the caller holds a lock per organization. An
    /// unknown id is [`Error::Refused`] with 404.
    pub async fn merge_metadata(
        self,
        id: &str,
        entries: BTreeMap<String, Option<String>>,
    ) -> Result<Organization, Error> {
        let found: Organization = self
            .0
            .fetch(&Request::get("organizations/{}", &[id])?)
            .await?;
        let mut metadata = found.metadata.clone();
        for (key, value) in entries {
            match value {
                Some(value) => metadata.insert(key, value),
                None => metadata.remove(&key),
            };
        }
        if metadata == found.metadata {
            return Ok(found);
        }
        let patch = OrganizationPatch {
            metadata: Some(metadata),
            ..OrganizationPatch::default()
        };
        self.change(id, &patch).await
    }

    /// `DELETE /organizations/{id}`, scope `delete:organizations`. One that is already gone is not an error. Memberships
    /// and invitations go with it; users and connections stay.
    pub async fn delete(self, id: &str) -> Result<(), Error> {
        match self
            .0
            .perform(&Request::delete("organizations/{}", &[id])?)
            .await
        {
            Err(Error::Refused { status: 404, .. }) => Ok(()),
            result => result,
        }
    }
}
