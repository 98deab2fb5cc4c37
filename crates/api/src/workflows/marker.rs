//! The marker that an Auth0 organization carries in its metadata from the moment it exists:
//! it says which conversion made it, so that nothing of anybody else's is ever adopted or deleted.

use std::collections::BTreeMap;

use domain::{ConversionId, OrganizationId};

const CONVERSION: &str = "conversion";
const VERSION: &str = "v";
const ENVIRONMENT: &str = "env";
pub(crate) const SUBSCRIPTION: &str = "subscription";
/// By the name that Auth0's own starter gives it.
pub(crate) const MFA_POLICY: &str = "mfaPolicy";
pub(crate) const SSO: &str = "sso";

/// The metadata of a new organization. It goes into the create call itself: a second write would leave a window in
/// which an organization without a marker exists, and would cost one of the 25 writes a minute that Auth0 allows.
pub(crate) fn metadata(
    id: ConversionId,
    environment: &str,
    claim: &str,
) -> BTreeMap<String, String> {
    BTreeMap::from([
        (CONVERSION.into(), id.to_string()),
        (VERSION.into(), "1".into()),
        (ENVIRONMENT.into(), environment.into()),
        (SUBSCRIPTION.into(), claim.into()),
    ])
}

/// What an imported organization gets beside what it has.
pub(crate) fn imported(environment: &str, claim: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        (VERSION.into(), "1".into()),
        (ENVIRONMENT.into(), environment.into()),
        (SUBSCRIPTION.into(), claim.into()),
    ])
}

/// Whether another environment of ours has it. Without our version beside it, an `env` is somebody else's word.
pub(crate) fn is_of_another(metadata: &BTreeMap<String, String>, environment: &str) -> bool {
    metadata.contains_key(VERSION)
        && metadata
            .get(ENVIRONMENT)
            .is_some_and(|found| found != environment)
}

/// The conversion that made this organization, when it is one of this environment's.
pub(crate) fn conversion(
    metadata: &BTreeMap<String, String>,
    environment: &str,
) -> Option<ConversionId> {
    if metadata.get(ENVIRONMENT).map(String::as_str) != Some(environment) {
        return None;
    }
    metadata.get(CONVERSION)?.parse().ok()
}

const ORGANIZATION: &str = "org_id";

/// The metadata of a connection that belongs to one organization.
pub(crate) fn of_connection(
    organization: &OrganizationId,
    environment: &str,
) -> BTreeMap<String, String> {
    BTreeMap::from([
        (ORGANIZATION.into(), organization.to_string()),
        (ENVIRONMENT.into(), environment.into()),
    ])
}

/// Whose connection it is, when it is one of this environment's.
pub(crate) fn organization_of_connection(
    metadata: &BTreeMap<String, String>,
    environment: &str,
) -> Option<OrganizationId> {
    let organization = metadata.get(ORGANIZATION)?.parse().ok()?;
    is_connection_of(metadata, &organization, environment).then_some(organization)
}

/// Whether a connection carries this organization's marker: nothing else is ever adopted, changed or deleted.
pub(crate) fn is_connection_of(
    metadata: &BTreeMap<String, String>,
    organization: &OrganizationId,
    environment: &str,
) -> bool {
    let marker = of_connection(organization, environment);
    let carries = |(key, value): (&String, &String)| metadata.get(key) == Some(value);
    marker.iter().all(carries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_marker_is_ours_only_in_its_own_environment() {
        let id = ConversionId::from(Uuid::from_u128(7));
        let written = metadata(id, "production", "team;2027-01-01T00:00:00.000Z;active");
        assert_eq!(conversion(&written, "production"), Some(id));
        assert_eq!(conversion(&written, "staging"), None);
        assert_eq!(conversion(&BTreeMap::new(), "production"), None);
        assert!(is_of_another(&written, "staging"));
        assert!(!is_of_another(&written, "production"));
        assert!(!is_of_another(&BTreeMap::new(), "production"));
    }
}
