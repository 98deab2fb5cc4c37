//! Applications registered in the tenant: `/api/v2/clients`, following
//! [Clients](https://auth0.com/docs/api/management/v2/clients).

use serde::Deserialize;

use crate::client::Client;
use crate::decode::or_default;
use crate::error::Error;
use crate::page::{self, Listing};
use crate::request::Request;

/// What matters of an application for logging in to organizations. Its secret and keys are not asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Application {
    /// 32 letters or digits; public.
    pub client_id: String,
    /// For people; not unique.
    pub name: String,
    /// `native`, `spa`, `regular_web`, `non_interactive` and others.
    pub app_type: Option<String>,
    /// Addresses that a login may return to.
    #[serde(default, deserialize_with = "or_default")]
    pub callbacks: Vec<String>,
    /// `deny` (also when absent), `allow` or `require`.
    pub organization_usage: Option<String>,
    /// `no_prompt` (also when absent), `pre_login_prompt` or `post_login_prompt`.
    pub organization_require_behavior: Option<String>,
}

/// Calls below `/clients`, following [Clients](https://auth0.com/docs/api/management/v2/clients).
#[derive(Clone, Copy)]
pub struct Clients<'a>(pub(crate) &'a Client);

impl Clients<'_> {
    /// All applications, at most 1000: `GET /clients`, scope `read:clients`.
    pub fn list(self) -> Listing<Application> {
        let request = Request::get("clients", &[]).map(without_secrets);
        page::by_offset(self.0, request, "clients")
    }

    /// `GET /clients/{id}`, scope `read:clients`.
    pub async fn show(self, id: &str) -> Result<Option<Application>, Error> {
        self.0
            .find(&without_secrets(Request::get("clients/{}", &[id])?))
            .await
    }
}

fn without_secrets(request: Request) -> Request {
    let fields =
        "client_id,name,app_type,callbacks,organization_usage,organization_require_behavior";
    request
        .query("fields", fields)
        .query("include_fields", "true")
}
