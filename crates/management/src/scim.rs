//! How an enterprise connection is provisioned: `/connections/{id}/scim-configuration`, following
//! [Connections](https://auth0.com/docs/api/management/v2/connections).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::connections::Connections;
use crate::error::Error;
use crate::request::Request;

/// A connection's SCIM configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ScimConfiguration {
    /// `con_` and 16 letters or digits.
    pub connection_id: String,
    /// The connection's name, which begins the ids of its users.
    pub connection_name: String,
    /// Of the connection, such as `okta` or `samlp`.
    pub strategy: String,
    /// The SCIM attribute that ends the id of a new user.
    pub user_id_attribute: String,
    /// Which SCIM attribute becomes what of the account.
    pub mapping: Vec<ScimMapping>,
    /// RFC 3339, as are the other times.
    pub created_at: String,
    /// When it was changed last.
    pub updated_on: String,
}

/// One attribute on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScimMapping {
    /// A SCIM path, such as `name.givenName`.
    pub scim: String,
    /// An attribute of the account, such as `given_name`.
    pub auth0: String,
}

/// A SCIM token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ScimToken {
    /// `tok_` and 16 letters or digits.
    pub token_id: String,
    /// What it may do; none for everything.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// RFC 3339.
    pub created_at: String,
    /// Absent for one that never ends.
    pub valid_until: Option<String>,
    /// RFC 3339; absent before its first use.
    pub last_used_at: Option<String>,
}

/// A SCIM token that was just made. Its secret is in no other answer.
#[derive(Clone, Deserialize)]
pub struct NewScimToken {
    /// The bearer token itself.
    pub token: String,
    /// What is shown of it from now on.
    #[serde(flatten)]
    pub shown: ScimToken,
}

impl fmt::Debug for NewScimToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewScimToken")
            .field("shown", &self.shown)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct DefaultMapping {
    mapping: Vec<ScimMapping>,
}

impl Connections<'_> {
    /// `GET /connections/{id}/scim-configuration`, scope `read:scim_config`. `None` when there is none.
    pub async fn scim_configuration(self, id: &str) -> Result<Option<ScimConfiguration>, Error> {
        let request = Request::get("connections/{}/scim-configuration", &[id])?;
        self.0.find(&request).await
    }

    /// `POST /connections/{id}/scim-configuration`, scope `create:scim_config`, with the default attribute map.
    pub async fn create_scim_configuration(self, id: &str) -> Result<ScimConfiguration, Error> {
        let request = Request::post("connections/{}/scim-configuration", &[id])?;
        self.0.fetch(&request.body(&json!({}))).await
    }

    /// `PATCH /connections/{id}/scim-configuration`, scope `update:scim_config`: both are replaced as a whole.
    pub async fn change_scim_configuration(
        self,
        id: &str,
        user_id_attribute: &str,
        mapping: &[ScimMapping],
    ) -> Result<ScimConfiguration, Error> {
        let change = json!({ "user_id_attribute": user_id_attribute, "mapping": mapping });
        let request = Request::patch("connections/{}/scim-configuration", &[id])?;
        self.0.fetch(&request.body(&change)).await
    }

    /// `DELETE /connections/{id}/scim-configuration`, scope `delete:scim_config`. Its tokens go with it, its users stay.
    /// One that is gone, or whose connection is, is not an error.
    pub async fn delete_scim_configuration(self, id: &str) -> Result<(), Error> {
        let request = Request::delete("connections/{}/scim-configuration", &[id])?;
        self.absent(&request).await
    }

    /// `GET /connections/{id}/scim-configuration/default-mapping`, scope `read:scim_config`.
    pub async fn default_scim_mapping(self, id: &str) -> Result<Vec<ScimMapping>, Error> {
        let route = "connections/{}/scim-configuration/default-mapping";
        let found: DefaultMapping = self.0.fetch(&Request::get(route, &[id])?).await?;
        Ok(found.mapping)
    }

    /// `GET /connections/{id}/scim-configuration/tokens`, scope `read:scim_token`. `None` without a configuration.
    pub async fn scim_tokens(self, id: &str) -> Result<Option<Vec<ScimToken>>, Error> {
        let request = Request::get("connections/{}/scim-configuration/tokens", &[id])?;
        self.0.find(&request).await
    }

    /// `POST /connections/{id}/scim-configuration/tokens`, scope `create:scim_token`, with every scope. Without a lifetime
    /// it never ends. [`Error::Conflict`] when two are live.
    pub async fn create_scim_token(
        self,
        id: &str,
        lifetime_seconds: Option<u32>,
    ) -> Result<NewScimToken, Error> {
        let new = match lifetime_seconds {
            Some(seconds) => json!({ "token_lifetime": seconds }),
            None => json!({}),
        };
        let request = Request::post("connections/{}/scim-configuration/tokens", &[id])?;
        self.0.fetch(&request.body(&new)).await
    }

    /// `DELETE /connections/{id}/scim-configuration/tokens/{token_id}`, scope `delete:scim_token`. One that is gone is
    /// not an error.
    pub async fn revoke_scim_token(self, id: &str, token_id: &str) -> Result<(), Error> {
        let route = "connections/{}/scim-configuration/tokens/{}";
        self.absent(&Request::delete(route, &[id, token_id])?).await
    }

    async fn absent(self, request: &Request) -> Result<(), Error> {
        match self.0.perform(request).await {
            Err(Error::Refused { status: 404, .. }) => Ok(()),
            result => result,
        }
    }
}
