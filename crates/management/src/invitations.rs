//! Invitations to an organization: `/api/v2/organizations/{id}/invitations`.
//!
//! Follows [Organizations](https://auth0.com/docs/api/management/v2/organizations). An invitation has no state: once it
//! is accepted, expired, deleted or spoiled by the wrong account, Auth0 no longer knows it.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::decode::or_default;
use crate::error::Error;
use crate::organizations::Organizations;
use crate::page::{self, Listing};
use crate::request::Request;

const INVITATIONS: &str = "organizations/{}/invitations";
const INVITATION: &str = "organizations/{}/invitations/{}";

/// An invitation that can still be accepted.
#[derive(Clone, Debug, Deserialize)]
pub struct Invitation {
    /// `uinv_` and 16 letters or digits.
    pub id: String,
    /// `org_` and 16 letters or digits.
    pub organization_id: String,
    /// The application whose login route the link leads to.
    pub client_id: String,
    /// Who the e-mail says it comes from.
    pub inviter: Inviter,
    /// Who it goes to.
    pub invitee: Invitee,
    /// The only connection that may be used to accept it.
    pub connection_id: Option<String>,
    /// Role ids.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<String>,
    /// Goes to the user who accepts.
    #[serde(default, deserialize_with = "or_default")]
    pub app_metadata: Map<String, Value>,
    /// Goes to the user who accepts, who may change it.
    #[serde(default, deserialize_with = "or_default")]
    pub user_metadata: Map<String, Value>,
    /// Whoever has it can accept the invitation, or spoil it.
    #[serde(deserialize_with = "secret")]
    pub invitation_url: SecretString,
    /// The `invitation` parameter of the login, 32 letters or digits; as secret as the address.
    #[serde(deserialize_with = "secret")]
    pub ticket_id: SecretString,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on Auth0 does not know it any more.
    pub expires_at: DateTime<Utc>,
}

/// Who invites; no account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inviter {
    /// 1 to 300 characters; the e-mail names it.
    pub name: String,
}

/// Who is invited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitee {
    /// At most 320 characters.
    pub email: String,
}

/// What `POST /organizations/{id}/invitations` takes.
#[derive(Clone, Debug, Serialize)]
pub struct NewInvitation {
    /// Who the e-mail says it comes from.
    pub inviter: Inviter,
    /// Who it goes to.
    pub invitee: Invitee,
    /// An application with a login route and an `organization_usage` other than `deny`.
    pub client_id: String,
    /// One that is enabled for the organization and not passwordless; `None` leaves the choice to the invitee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// At most 50 role ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Goes to the user who accepts; only the tenant may change it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub app_metadata: Map<String, Value>,
    /// Goes to the user who accepts, who may change it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub user_metadata: Map<String, Value>,
    /// Seconds, at most 2,592,000 (30 days); `None` and 0 are 604,800 (7 days).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_sec: Option<u32>,
    /// Whether Auth0 sends its e-mail; without it, delivering the address is the caller's.
    pub send_invitation_email: bool,
}

impl Default for NewInvitation {
    fn default() -> Self {
        Self {
            inviter: Inviter::default(),
            invitee: Invitee::default(),
            client_id: String::new(),
            connection_id: None,
            roles: Vec::new(),
            app_metadata: Map::new(),
            user_metadata: Map::new(),
            ttl_sec: None,
            send_invitation_email: true,
        }
    }
}

impl Organizations<'_> {
    /// `POST /organizations/{id}/invitations`, scope `create:organization_invitations`.
    ///
    /// Auth0 keeps several invitations of one address apart, so after an error of class Retry, when this one may exist,
    /// look for it in [`invitations`](Self::invitations) before repeating.
    pub async fn create_invitation(
        self,
        id: &str,
        new: &NewInvitation,
    ) -> Result<Invitation, Error> {
        self.0
            .fetch(&Request::post(INVITATIONS, &[id])?.body(new))
            .await
    }

    /// Those that can still be accepted, the newest first: `GET /organizations/{id}/invitations` by offset, scope
    /// `read:organization_invitations`. Auth0 shows the first 1000 only.
    pub fn invitations(self, id: &str) -> Listing<Invitation> {
        let request = Request::get(INVITATIONS, &[id]);
        let request = request.map(|request| request.query("sort", "created_at:-1"));
        page::by_offset(self.0, request, "invitations")
    }

    /// `GET /organizations/{id}/invitations/{invitation_id}`, scope `read:organization_invitations`.
    pub async fn invitation(
        self,
        id: &str,
        invitation_id: &str,
    ) -> Result<Option<Invitation>, Error> {
        self.0
            .find(&Request::get(INVITATION, &[id, invitation_id])?)
            .await
    }

    /// `DELETE /organizations/{id}/invitations/{invitation_id}`, scope `delete:organization_invitations`. False when it
    /// was gone already: accepted, expired, spoiled, or deleted by a try whose answer was lost.
    pub async fn delete_invitation(self, id: &str, invitation_id: &str) -> Result<bool, Error> {
        let request = Request::delete(INVITATION, &[id, invitation_id])?;
        match self.0.perform(&request).await {
            Ok(()) => Ok(true),
            Err(Error::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}
