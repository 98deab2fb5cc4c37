//! Connections: `/api/v2/connections`, following
//! [Connections](https://auth0.com/docs/api/management/v2/connections).

use std::future::ready;

use futures::TryStreamExt;
use serde::Deserialize;

use crate::client::Client;
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
}

fn without_options(request: Request) -> Request {
    request
        .query("fields", "id,name,strategy,display_name")
        .query("include_fields", "true")
}
