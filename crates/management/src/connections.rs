//! Connections: `/api/v2/connections`, following
//! [Connections](https://auth0.com/docs/api/management/v2/connections).

use std::collections::BTreeMap;
use std::future::ready;

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::Client;
use crate::decode::or_default;
use crate::error::Error;
use crate::page::{self, Listing};
use crate::request::Request;

/// What identifies a connection. Its `options` hold secrets in clear and are not asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Connection {
    /// `con_` and 16 letters or digits.
    pub id: String,
    /// Cannot be changed.
    pub name: String,
    /// For example `auth0`, `google-oauth2`, `samlp`, `oidc`.
    pub strategy: String,
    pub display_name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: BTreeMap<String, String>,
}

/// What `POST /connections` takes, as far as a database connection needs it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewConnection {
    /// `^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$`, at most 128 characters; never changes.
    pub name: String,
    /// `auth0` for a database.
    pub strategy: String,
    /// At most 128 characters.
    pub display_name: String,
    /// At most 10 entries.
    pub metadata: BTreeMap<String, String>,
}

/// Calls below `/connections`.
#[derive(Clone, Copy)]
pub struct Connections<'a>(pub(crate) &'a Client);

impl Connections<'_> {
    /// All connections: `GET /connections` by checkpoint, scope `read:connections`.
    pub fn list(self) -> Listing<Connection> {
        let request = Request::get("connections", &[]).map(without_options);
        page::by_checkpoint(self.0, request, "connections")
    }

    /// `GET /connections/{id}`, scope `read:connections`.
    pub async fn show(self, id: &str) -> Result<Option<Connection>, Error> {
        self.0
            .find(&without_options(Request::get("connections/{}", &[id])?))
            .await
    }

    /// The connection of exactly this name: `GET /connections?name=`, scope `read:connections`.
    pub async fn by_name(self, name: &str) -> Result<Option<Connection>, Error> {
        let all = Request::get("connections", &[]).map(without_options);
        page::by_offset(
            self.0,
            all.map(|all| all.query("name", name)),
            "connections",
        )
        .try_filter(|connection: &Connection| ready(connection.name == name))
        .try_next()
        .await
    }

    /// `POST /connections`, scope `create:connections`. [`Error::Conflict`] when the name is taken. After an error of
    /// class Retry it may exist: look for it with [`by_name`](Self::by_name) before repeating.
    pub async fn create(self, new: &NewConnection) -> Result<Connection, Error> {
        let request = Request::post("connections", &[])?;
        self.0.fetch(&request.body(new)).await
    }

    /// `PATCH /connections/{id}/clients`, scope `update:connections`: has the application offer the connection.
    pub async fn enable_for(self, id: &str, client_id: &str) -> Result<(), Error> {
        let switches = json!([{ "client_id": client_id, "status": true }]);
        let request = Request::patch("connections/{}/clients", &[id])?;
        self.0.perform(&request.body(&switches)).await
    }

    /// `DELETE /connections/{id}`, scope `delete:connections`. Auth0 takes the order (202) and carries it out later; the
    /// users of the connection go with it. One that is gone is not an error.
    pub async fn delete(self, id: &str) -> Result<(), Error> {
        let request = Request::delete("connections/{}", &[id])?;
        match self.0.perform(&request).await {
            Err(Error::Refused { status: 404, .. }) => Ok(()),
            result => result,
        }
    }
}

fn without_options(request: Request) -> Request {
    request
        .query("fields", "id,name,strategy,display_name,metadata")
        .query("include_fields", "true")
}
