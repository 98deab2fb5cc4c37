//! Users of the tenant: `/api/v2/users`, following [Users](https://auth0.com/docs/api/management/v2/users).

use std::fmt;

use futures::{StreamExt, TryStreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::decode::or_default;
use crate::error::Error;
use crate::organizations::Organization;
use crate::page::{self, Listing};
use crate::request::Request;

/// An account of the tenant.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct User {
    /// Contains a `|`, at most 1024 characters: the `sub` of this user's tokens.
    pub user_id: String,
    /// Shown only: it may change, and two accounts may have the same.
    pub email: Option<String>,
    /// Also true after an accepted invitation, whoever the identity provider is.
    #[serde(default, deserialize_with = "or_default")]
    pub email_verified: bool,
    /// For people.
    pub name: Option<String>,
    /// An address.
    pub picture: Option<String>,
    /// An IANA time zone, from identity providers that tell it.
    pub zoneinfo: Option<String>,
    /// Whether the account cannot log in.
    #[serde(default, deserialize_with = "or_default")]
    pub blocked: bool,
    /// The accounts that are linked in this one, the main one first.
    #[serde(default, deserialize_with = "or_default")]
    pub identities: Vec<Identity>,
    /// RFC 3339; none before the first login.
    pub last_login: Option<String>,
    /// RFC 3339; of any change of the account.
    pub updated_at: Option<String>,
    /// Of the identity provider's directory; empty where it tells none.
    #[serde(default, deserialize_with = "texts")]
    pub groups: Vec<String>,
    /// What only the tenant may write.
    #[serde(default, deserialize_with = "or_default")]
    pub app_metadata: Map<String, Value>,
    /// What the user may write.
    #[serde(default, deserialize_with = "or_default")]
    pub user_metadata: Map<String, Value>,
}

/// One way to log in to an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// The connection's name.
    pub connection: String,
    /// For example `auth0`, `google-oauth2`, `waad`.
    #[serde(default, deserialize_with = "or_default")]
    pub provider: String,
    /// Without the provider: together, `PROVIDER|ID`, they are the user id of the account that it was alone.
    #[serde(default, deserialize_with = "or_default")]
    pub user_id: String,
}

/// Providers send one group as a text and several as a list; what is neither is none.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => vec![text],
        Value::Array(list) => list
            .into_iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    })
}

/// What `POST /users` takes.
#[derive(Clone, Default, Serialize)]
pub struct NewUser {
    /// The connection's name, not its id.
    pub connection: String,
    /// At most 320 characters.
    pub email: String,
    /// For database connections.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    pub password: Option<SecretString>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the caller vouches for the address.
    pub email_verified: bool,
    /// Whether Auth0 sends its verification e-mail; `None` leaves it to the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_email: Option<bool>,
    /// What only the tenant may write.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub app_metadata: Map<String, Value>,
    /// What the user may write.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub user_metadata: Map<String, Value>,
}

/// An account in a list that asked for nothing else.
#[derive(Deserialize)]
struct UserRef {
    user_id: String,
}

/// As many as a search answers at all.
const SEARCHABLE: usize = 1000;

/// Who is to choose a password, and where that leads.
#[derive(Clone, Debug, Serialize)]
pub struct PasswordLink<'a> {
    /// The application that the page leads to afterwards.
    pub client_id: &'a str,
    /// Of the account, in the connection.
    pub email: &'a str,
    /// The connection's name.
    pub connection: &'a str,
    /// The organization that the login is for, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<&'a str>,
}

/// Calls below `/users`, following [Users](https://auth0.com/docs/api/management/v2/users).
#[derive(Clone, Copy)]
pub struct Users<'a>(pub(crate) &'a Client);

impl Users<'_> {
    /// Everything that Auth0 keeps of them, what an identity provider told included: `GET /users/{id}`, scope
    /// `read:users`.
    pub async fn profile(self, id: &str) -> Result<Option<Map<String, Value>>, Error> {
        self.0.find(&Request::get("users/{}", &[id])?).await
    }

    /// `GET /users/{id}`, scope `read:users`.
    pub async fn show(self, id: &str) -> Result<Option<User>, Error> {
        self.0.find(&Request::get("users/{}", &[id])?).await
    }

    /// The organizations that the user is a member of: `GET /users/{id}/organizations` by offset, scope
    /// `read:organizations`. An unknown id is [`Error::Refused`] with 404.
    pub fn organizations(self, id: &str) -> Listing<Organization> {
        let request = Request::get("users/{}/organizations", &[id]);
        page::by_offset(self.0, request, "organizations")
    }

    /// `GET /users-by-email`, scope `read:users`. Every connection may have one. The address is sent in lower case,
    /// as Auth0 stores it and compares with case.
    ///
    /// An address proves nothing about who someone is: never link or authorize by it.
    pub async fn by_email(self, email: &str) -> Result<Vec<User>, Error> {
        let request = Request::get("users-by-email", &[])?;
        self.0
            .fetch(&request.query("email", email.to_lowercase()))
            .await
    }

    /// Ids of the blocked accounts, the first thousand: `GET /users` with a search, scope `read:users`. The search is
    /// eventually consistent.
    pub fn blocked(self) -> Listing<String> {
        let request = Request::get("users", &[]).map(|request| {
            request
                .query("q", "blocked:true")
                .query("search_engine", "v3")
                .query("fields", "user_id")
                .query("include_fields", "true")
        });
        let listed = page::by_offset::<UserRef>(self.0, request, "users");
        listed.take(SEARCHABLE).map_ok(|user| user.user_id).boxed()
    }

    /// `POST /users`, scope `create:users`. [`Error::Conflict`] when the connection has that user.
    pub async fn create(self, new: &NewUser) -> Result<User, Error> {
        self.0.fetch(&Request::post("users", &[])?.body(new)).await
    }

    /// `DELETE /users/{id}/sessions`, scope `delete:sessions`: they log in anew everywhere. Auth0 takes the order (202) and
    /// carries it out later. A user who is gone is not an error.
    pub async fn end_sessions(self, id: &str) -> Result<(), Error> {
        self.delete_all("users/{}/sessions", id).await
    }

    /// `DELETE /users/{id}/refresh-tokens`, scope `delete:refresh_tokens`; as [`end_sessions`](Self::end_sessions).
    pub async fn revoke_refresh_tokens(self, id: &str) -> Result<(), Error> {
        self.delete_all("users/{}/refresh-tokens", id).await
    }

    /// `DELETE /users/{id}`, scope `delete:users`. Memberships, sessions and refresh tokens go with the user; one who is
    /// gone is not an error.
    pub async fn delete(self, id: &str) -> Result<(), Error> {
        self.delete_all("users/{}", id).await
    }

    /// `POST /users/{id}/identities`, scope `update:users`: the account `PROVIDER|OTHER` becomes another way to log in as
    /// this one and is no account any more. Its metadata and its memberships are lost. After an error of class Retry it
    /// may be done: look at [`User::identities`] before repeating.
    pub async fn link(self, id: &str, provider: &str, other: &str) -> Result<(), Error> {
        let request = Request::post("users/{}/identities", &[id])?;
        let body = json!({ "provider": provider, "user_id": other });
        self.0.perform(&request.body(&body)).await
    }

    /// `DELETE /users/{id}/identities/{provider}/{user_id}`, scope `update:users`: what was linked is an account of its
    /// own again, with nothing but its way to log in.
    pub async fn unlink(self, id: &str, provider: &str, other: &str) -> Result<(), Error> {
        let request = Request::delete("users/{}/identities/{}/{}", &[id, provider, other])?;
        self.0.perform(&request).await
    }

    /// `POST /dbconnections/change_password` of the Authentication API: Auth0 writes to the user with a link under which
    /// they choose a password, and which then leads to the application in the organization. Needs no scope; whether
    /// there is such a user is not told.
    pub async fn mail_password_link(self, wanted: &PasswordLink<'_>) -> Result<(), Error> {
        let request = Request::post("../../dbconnections/change_password", &[])?;
        self.0.order(&request.body(wanted)).await
    }

    async fn delete_all(self, route: &'static str, id: &str) -> Result<(), Error> {
        match self.0.perform(&Request::delete(route, &[id])?).await {
            Err(Error::Refused { status: 404, .. }) => Ok(()),
            result => result,
        }
    }

    /// `PATCH /users/{id}` with `app_metadata`, scope `update:users_app_metadata`.
    ///
    /// Auth0 merges at the first level only: a nested object is replaced, `null` removes a key. An empty map is not
    /// sent, because Auth0 takes it as "remove everything". An unknown id is [`Error::Refused`] with 404.
    pub async fn merge_app_metadata(
        self,
        id: &str,
        entries: Map<String, Value>,
    ) -> Result<(), Error> {
        if entries.is_empty() {
            return Ok(());
        }
        let request = Request::patch("users/{}", &[id])?;
        self.0
            .perform(&request.body(&json!({ "app_metadata": entries })))
            .await
    }
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("connection", &self.connection)
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

fn exposed<S: Serializer>(
    password: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    password
        .as_ref()
        .map(ExposeSecret::expose_secret)
        .serialize(serializer)
}
