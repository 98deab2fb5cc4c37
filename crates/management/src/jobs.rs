//! Bulk imports of users: `/api/v2/jobs`, following [Jobs](https://auth0.com/docs/api/management/v2/jobs) and
//! [Bulk User Imports](https://auth0.com/docs/manage-users/user-migration/bulk-user-imports).

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::decode::or_default;
use crate::error::Error;
use crate::request::Request;

/// Bytes of one file.
pub const LARGEST_USERS_FILE: usize = 500 * 1024;

/// A bulk job and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Job {
    /// `job_` and 16 letters or digits.
    pub id: String,
    /// `pending`, `processing`, `completed` or `failed`.
    pub status: String,
}

/// A user whom an import left out, and why.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ImportError {
    /// The record, as Auth0 repeats it.
    #[serde(default, deserialize_with = "or_default")]
    pub user: Map<String, Value>,
    /// What was wrong with it.
    #[serde(default, deserialize_with = "or_default")]
    pub errors: Vec<Fault>,
}

/// Why a record was left out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Fault {
    /// Auth0's; empty where it tells none.
    #[serde(default)]
    pub code: String,
    /// For people.
    #[serde(default)]
    pub message: String,
}

/// Calls below `/jobs`, following [Jobs](https://auth0.com/docs/api/management/v2/jobs).
#[derive(Clone, Copy)]
pub struct Jobs<'a>(pub(crate) &'a Client);

impl Jobs<'_> {
    /// `POST /jobs/users-imports`, scope `create:users`: a JSON array of users, at most 500 KB, for a database
    /// connection. Users who are there already are updated. Two such jobs run in a tenant at a time; a third is
    /// [`Error::RateLimited`].
    ///
    /// With a `user_id` for each user the same file can be sent again: nobody comes about twice.
    pub async fn import_users(self, connection_id: &str, users: &[u8]) -> Result<Job, Error> {
        let boundary = format!("{:032x}", rand::random::<u128>());
        let mut body = Vec::with_capacity(users.len() + 1024);
        let fields = [
            ("connection_id", connection_id),
            ("upsert", "true"),
            ("send_completion_email", "false"),
        ];
        for (name, value) in fields {
            let part = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"users\"; filename=\"users.json\"\r\n\
             Content-Type: application/json\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(users);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let request = Request::post("jobs/users-imports", &[])?;
        self.0.fetch(&request.raw(content_type, body)).await
    }

    /// `GET /jobs/{id}`, scope `create:users`. Auth0 forgets a job after a day.
    pub async fn show(self, id: &str) -> Result<Option<Job>, Error> {
        self.0.find(&Request::get("jobs/{}", &[id])?).await
    }

    /// `GET /jobs/{id}/errors`, scope `create:users`: who was left out.
    pub async fn errors(self, id: &str) -> Result<Vec<ImportError>, Error> {
        let request = Request::get("jobs/{}/errors", &[id])?;
        Ok(self.0.fetch_if_any(&request).await?.unwrap_or_default())
    }
}
