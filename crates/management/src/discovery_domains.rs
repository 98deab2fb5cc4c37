//! Domains by which an organization is found at the login: `/organizations/{id}/discovery-domains`.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::organizations::Organizations;
use crate::request::Request;

/// A domain whose people are led to the organization at the login, following
/// [Organizations](https://auth0.com/docs/api/management/v2/organizations).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DiscoveryDomain {
    /// `ord_` and 22 letters or digits.
    pub id: String,
    /// Such as `acme.example`, in lower case.
    pub domain: String,
    /// `pending` or `verified`.
    pub status: String,
    /// Whether the login leads there by it.
    #[serde(default)]
    pub use_for_organization_discovery: bool,
}

impl DiscoveryDomain {
    /// Whether it is verified and leads to the organization.
    pub fn is_in_use(&self) -> bool {
        self.status == IN_USE.status && self.use_for_organization_discovery
    }
}

#[derive(Serialize)]
struct NewDiscoveryDomain<'a> {
    domain: &'a str,
    #[serde(flatten)]
    settings: Settings,
}

#[derive(Serialize)]
struct Settings {
    status: &'static str,
    use_for_organization_discovery: bool,
}

/// Whoever calls has proved it themselves.
const IN_USE: Settings = Settings {
    status: "verified",
    use_for_organization_discovery: true,
};

impl Organizations<'_> {
    /// `GET /organizations/{id}/discovery-domains/name/{domain}`, scope `read:organization_discovery_domains`.
    pub async fn discovery_domain(
        self,
        id: &str,
        domain: &str,
    ) -> Result<Option<DiscoveryDomain>, Error> {
        let route = "organizations/{}/discovery-domains/name/{}";
        self.0.find(&Request::get(route, &[id, domain])?).await
    }

    /// `POST /organizations/{id}/discovery-domains` as verified and in use, scope
    /// `create:organization_discovery_domains`. [`Error::Conflict`] when this or another organization has it.
    pub async fn add_discovery_domain(
        self,
        id: &str,
        domain: &str,
    ) -> Result<DiscoveryDomain, Error> {
        let new = NewDiscoveryDomain {
            domain,
            settings: IN_USE,
        };
        let request = Request::post("organizations/{}/discovery-domains", &[id])?;
        self.0.fetch(&request.body(&new)).await
    }

    /// `PATCH /organizations/{id}/discovery-domains/{domain_id}` to verified and in use, scope
    /// `update:organization_discovery_domains`.
    pub async fn use_discovery_domain(
        self,
        id: &str,
        domain_id: &str,
    ) -> Result<DiscoveryDomain, Error> {
        let route = "organizations/{}/discovery-domains/{}";
        let request = Request::patch(route, &[id, domain_id])?;
        self.0.fetch(&request.body(&IN_USE)).await
    }

    /// `DELETE /organizations/{id}/discovery-domains/{domain_id}`, scope `delete:organization_discovery_domains`. One
    /// that is already gone is not an error.
    pub async fn delete_discovery_domain(self, id: &str, domain_id: &str) -> Result<(), Error> {
        let route = "organizations/{}/discovery-domains/{}";
        match self
            .0
            .perform(&Request::delete(route, &[id, domain_id])?)
            .await
        {
            Err(Error::Refused { status: 404, .. }) => Ok(()),
            result => result,
        }
    }
}
