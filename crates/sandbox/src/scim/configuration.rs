//! How one connection is provisioned: which SCIM attribute becomes which of the user's, and who may call.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Shortest life of a token.
pub(crate) const FEWEST_SECONDS: i64 = 900;

pub(crate) const TOKEN_SCOPES: &[&str] = &[
    "get:users",
    "post:users",
    "put:users",
    "patch:users",
    "delete:users",
    "get:groups",
    "post:groups",
    "put:groups",
    "patch:groups",
    "delete:groups",
];

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Configuration {
    /// The SCIM attribute that ends the id of a new user.
    pub(crate) user_id_attribute: String,
    pub(crate) mapping: Vec<Mapping>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_on: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Mapping {
    pub(crate) scim: String,
    pub(crate) auth0: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) token_id: String,
    /// SHA-256 of the bearer secret, which is kept nowhere.
    hash: String,
    /// All of them if none are named.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) valid_until: Option<DateTime<Utc>>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
}

impl Token {
    pub(crate) fn new(
        token_id: String,
        secret: &str,
        scopes: Option<Vec<String>>,
        valid_until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            token_id,
            hash: hash(secret),
            scopes,
            created_at: now,
            valid_until,
            last_used_at: None,
        }
    }

    pub(crate) fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.valid_until.is_none_or(|until| until > now)
    }

    /// Compares hashes, so that the time it takes tells nothing of the secret.
    pub(super) fn is(&self, secret: &str) -> bool {
        self.hash == hash(secret)
    }
}

fn hash(secret: &str) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, secret.as_bytes()))
}

impl Configuration {
    /// What a strategy's connection gets when nothing is said. `None` where Auth0 offers no SCIM.
    pub(crate) fn standard(strategy: &str, now: DateTime<Utc>) -> Option<Self> {
        let user_id_attribute = match strategy {
            "okta" | "oidc" | "waad" => "externalId",
            "samlp" => "userName",
            _ => return None,
        };
        Some(Self {
            user_id_attribute: user_id_attribute.to_owned(),
            mapping: default_mapping(),
            tokens: Vec::new(),
            created_at: now,
            updated_on: now,
        })
    }
}

/// Auth0's for Okta; the recordings have no other.
pub(crate) fn default_mapping() -> Vec<Mapping> {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mapping = |scim: &str, auth0: &str| Mapping {
        scim: scim.to_owned(),
        auth0: auth0.to_owned(),
    };
    let core = CORE.iter().map(|(scim, auth0)| mapping(scim, auth0));
    let enterprise = EXTENSION.iter().map(|(scim, auth0)| Mapping {
        scim: format!("{ENTERPRISE}.{scim}"),
        auth0: format!("app_metadata.{auth0}"),
    });
    core.chain(enterprise).collect()
}

const CORE: [(&str, &str); 26] = [
    ("userName", "preferred_username"),
    ("emails[primary eq true].value", "email"),
    ("externalId", "app_metadata.external_id"),
    ("active", "blocked"),
    ("displayName", "name"),
    ("name.givenName", "given_name"),
    ("name.familyName", "family_name"),
    ("name.middleName", "app_metadata.middle_name"),
    ("name.honorificPrefix", "app_metadata.honorific_prefix"),
    ("name.honorificSuffix", "app_metadata.honorific_suffix"),
    ("nickName", "nickname"),
    (r#"photos[type eq "photo"].value"#, "picture"),
    (
        "phoneNumbers[primary eq true].value",
        "app_metadata.primary_phone_number",
    ),
    (
        r#"phoneNumbers[type eq "mobile"].value"#,
        "app_metadata.mobile_phone_number",
    ),
    (
        r#"addresses[type eq "work"].streetAddress"#,
        "app_metadata.street_address",
    ),
    (r#"addresses[type eq "work"].locality"#, "app_metadata.city"),
    (r#"addresses[type eq "work"].region"#, "app_metadata.state"),
    (
        r#"addresses[type eq "work"].postalCode"#,
        "app_metadata.postal_code",
    ),
    (
        r#"addresses[type eq "work"].formatted"#,
        "app_metadata.postal_address",
    ),
    (
        r#"addresses[type eq "work"].country"#,
        "app_metadata.country",
    ),
    ("profileUrl", "app_metadata.profile_url"),
    ("userType", "app_metadata.user_type"),
    ("title", "app_metadata.title"),
    ("preferredLanguage", "app_metadata.language"),
    ("locale", "app_metadata.locale"),
    ("timezone", "app_metadata.timezone"),
];

const EXTENSION: [(&str, &str); 6] = [
    ("employeeNumber", "employee_id"),
    ("costCenter", "cost_center"),
    ("organization", "organization"),
    ("division", "division"),
    ("department", "department"),
    ("manager", "manager"),
];
