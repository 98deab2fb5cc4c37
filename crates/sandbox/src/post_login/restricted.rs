//! Claims that Auth0 does not let an Action set. On a collision nothing fails: the claim is dropped without a word.

use url::Url;

use crate::tenant::Metadata;

/// See <https://auth0.com/docs/secure/tokens/json-web-tokens/create-custom-claims>, "Restricted claims".
const RESTRICTED: [&str; 61] = [
    "acr",
    "act",
    "active",
    "amr",
    "at_hash",
    "ath",
    "attest",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "cty",
    "dest",
    "entitlements",
    "events",
    "exp",
    "groups",
    "gty",
    "htm",
    "htu",
    "iat",
    "internalService",
    "iss",
    "jcard",
    "jku",
    "jti",
    "jwe",
    "jwk",
    "kid",
    "may_act",
    "mky",
    "nbf",
    "nonce",
    "object_id",
    "org_id",
    "org_name",
    "orig",
    "origid",
    "permissions",
    "roles",
    "rph",
    "s_hash",
    "sid",
    "sip_callid",
    "sip_cseq_num",
    "sip_date",
    "sip_from_tag",
    "sip_via_branch",
    "sub",
    "sub_jwk",
    "toe",
    "txn",
    "typ",
    "uuid",
    "vot",
    "vtm",
    "x5t#S256",
    "scope",
];
const RESERVED_HOSTS: [&str; 3] = ["auth0.com", "webtask.io", "webtask.run"];

pub(super) fn without_restricted(mut claims: Metadata) -> Metadata {
    claims.retain(|name, _| !is_restricted(name));
    claims
}

fn is_restricted(name: &str) -> bool {
    if RESTRICTED.contains(&name) || name == "urn:auth0" || name.starts_with("urn:auth0:") {
        return true;
    }
    let Ok(url) = Url::parse(name) else {
        return false;
    };
    url.host_str().is_some_and(|host| {
        RESERVED_HOSTS.iter().any(|reserved| {
            host.strip_suffix(reserved)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::is_restricted;

    #[test]
    fn reserved_names_and_namespaces_are_restricted() {
        for name in [
            "roles",
            "org_id",
            "urn:auth0:x",
            "https://auth0.com/x",
            "https://acme.auth0.com/roles",
        ] {
            assert!(is_restricted(name), "{name}");
        }
    }

    #[test]
    fn our_own_names_are_not() {
        for name in [
            "subscription",
            "https://tenantry.dev/roles",
            "https://notauth0.com/roles",
            "email",
        ] {
            assert!(!is_restricted(name), "{name}");
        }
    }
}
