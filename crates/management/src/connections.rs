//! Connections: `/api/v2/connections`, following
//! [Connections](https://auth0.com/docs/api/management/v2/connections).

use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::decode::or_default;
use crate::error::Error;
use crate::page::{self, Listing, Page};
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
    /// What the login page calls it.
    pub display_name: Option<String>,
    /// What the tenant keeps with it: at most 10 entries, values at most 255 characters.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: BTreeMap<String, String>,
}

/// What `POST /connections` takes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewConnection {
    /// `^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$`, at most 128 characters; never changes.
    pub name: String,
    /// `auth0` for a database, else that of the identity provider.
    pub strategy: String,
    /// At most 128 characters.
    pub display_name: String,
    /// At most 10 entries.
    pub metadata: BTreeMap<String, String>,
    /// Left out when it is empty.
    #[serde(skip_serializing_if = "ConnectionOptions::is_empty")]
    pub options: ConnectionOptions,
}

/// How a connection is set up, by strategy. Auth0 answers its secrets in clear; `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionOptions(
    /// As Auth0 has them; which there are is said for each strategy.
    pub Map<String, Value>,
);

impl ConnectionOptions {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for ConnectionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionOptions([redacted])")
    }
}

/// The domains that lead to a connection at the login; nothing else of its options is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WithAliases")]
pub struct ConnectionAliases {
    /// Of the connection; never changes.
    pub name: String,
    /// What the tenant keeps with it: at most 10 entries, values at most 255 characters.
    pub metadata: BTreeMap<String, String>,
    /// Domains of addresses, in lower case.
    pub domain_aliases: Vec<String>,
}

#[derive(Deserialize)]
struct WithAliases {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    metadata: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    options: OnlyAliases,
}

#[derive(Default, Deserialize)]
struct OnlyAliases {
    #[serde(default, deserialize_with = "or_default")]
    domain_aliases: Vec<String>,
}

impl From<WithAliases> for ConnectionAliases {
    fn from(found: WithAliases) -> Self {
        Self {
            name: found.name,
            metadata: found.metadata,
            domain_aliases: found.options.domain_aliases,
        }
    }
}

#[derive(Deserialize)]
struct OnlyOptions {
    #[serde(default, deserialize_with = "or_default")]
    options: ConnectionOptions,
}

/// What `PATCH /connections/{id}` takes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConnectionPatch {
    /// Auth0 puts the name in its place when it is not sent.
    pub display_name: String,
    /// Replaces all that there is; whatever is to stay must be among them.
    pub options: ConnectionOptions,
}

/// Calls below `/connections`, following [Connections](https://auth0.com/docs/api/management/v2/connections).
#[derive(Clone, Copy)]
pub struct Connections<'a>(pub(crate) &'a Client);

impl Connections<'_> {
    /// All connections: `GET /connections` by checkpoint, scope `read:connections`.
    pub fn list(self) -> Listing<Connection> {
        let request = Request::get("connections", &[]).map(without_options);
        page::by_checkpoint(self.0, request, "connections")
    }

    /// One page of all connections with the domains that lead to them: `GET /connections` by checkpoint, scope
    /// `read:connections`.
    pub async fn aliases_page(self, from: Option<&str>) -> Result<Page<ConnectionAliases>, Error> {
        let request = Request::get("connections", &[])?;
        page::checkpoint_page(self.0, request, "connections", from).await
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

    /// Its options with the secrets in clear: `GET /connections/{id}?fields=options`, scope `read:connections`.
    pub async fn options(self, id: &str) -> Result<Option<ConnectionOptions>, Error> {
        let request = Request::get("connections/{}", &[id])?
            .query("fields", "options")
            .query("include_fields", "true");
        let found: Option<OnlyOptions> = self.0.find(&request).await?;
        Ok(found.map(|found| found.options))
    }

    /// `PATCH /connections/{id}`, scope `update:connections`. An unknown id is [`Error::Refused`] with 404.
    pub async fn change(self, id: &str, patch: &ConnectionPatch) -> Result<(), Error> {
        let request = Request::patch("connections/{}", &[id])?;
        self.0.perform(&request.body(patch)).await
    }

    /// `PATCH /connections/{id}/clients`, scope `update:connections`: has the application offer the connection.
    pub async fn enable_for(self, id: &str, client_id: &str) -> Result<(), Error> {
        self.switch(id, client_id, true).await
    }

    /// The same the other way round.
    pub async fn disable_for(self, id: &str, client_id: &str) -> Result<(), Error> {
        self.switch(id, client_id, false).await
    }

    async fn switch(self, id: &str, client_id: &str, status: bool) -> Result<(), Error> {
        let switches = json!([{ "client_id": client_id, "status": status }]);
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
