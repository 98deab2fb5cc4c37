//! Domains by which an organization is found at the login.

use serde::{Deserialize, Serialize};

use super::{Organization, Tenant};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DiscoveryDomain {
    pub(crate) id: String,
    pub(crate) domain: String,
    /// `pending` or `verified`.
    pub(crate) status: String,
    pub(crate) use_for_organization_discovery: bool,
    pub(crate) verification_txt: String,
}

impl DiscoveryDomain {
    pub(crate) fn is_verified(&self) -> bool {
        self.status == "verified"
    }
}

impl Tenant {
    /// The organization that has proved this domain, whatever it uses it for.
    pub(crate) fn owner_of_domain(&self, domain: &str) -> Option<&Organization> {
        self.organizations.values().find(|organization| {
            let mut domains = organization.discovery_domains.values();
            domains.any(|known| known.domain == domain && known.is_verified())
        })
    }

    /// The organization to which an e-mail address leads.
    pub(crate) fn organization_discovered(&self, email: &str) -> Option<&Organization> {
        let domain = email.rsplit_once('@')?.1.to_ascii_lowercase();
        self.owner_of_domain(&domain).filter(|organization| {
            let mut domains = organization.discovery_domains.values();
            domains.any(|known| known.domain == domain && known.use_for_organization_discovery)
        })
    }
}
