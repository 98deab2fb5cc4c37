//! What a client's fields may hold. Fields that nothing acts on are only known by name.

use crate::management::schema::{Kind, Schema, TEXT, TEXTS};

/// Create; a change may in addition leave out the name.
pub(super) const NEW_CLIENT: Schema = Schema {
    required: &["name"],
    properties: PROPERTIES,
    open: false,
};
pub(super) const PATCH: Schema = Schema {
    required: &[],
    properties: PROPERTIES,
    open: false,
};

/// At most 10 pairs.
const METADATA: Kind = Kind::Pairs(10);

const REFRESH_TOKEN: Schema = Schema {
    required: &["rotation_type", "expiration_type"],
    properties: &[
        ("rotation_type", Kind::OneOf(&["rotating", "non-rotating"])),
        (
            "expiration_type",
            Kind::OneOf(&["expiring", "non-expiring"]),
        ),
        ("leeway", Kind::Integer(0, i64::MAX)),
        ("token_lifetime", Kind::Integer(1, 157_788_000)),
        ("infinite_token_lifetime", Kind::Boolean),
        ("idle_token_lifetime", Kind::Integer(1, i64::MAX)),
        ("infinite_idle_token_lifetime", Kind::Boolean),
        ("policies", Kind::Anything),
    ],
    open: false,
};

const JWT: Schema = Schema {
    required: &[],
    properties: &[
        ("alg", Kind::OneOf(&["HS256", "RS256", "RS512", "PS256"])),
        ("lifetime_in_seconds", Kind::Integer(0, i64::MAX)),
        ("secret_encoded", Kind::Boolean),
    ],
    open: true,
};

const APP_TYPES: &[&str] = &[
    "native",
    "spa",
    "regular_web",
    "non_interactive",
    "resource_server",
    "sso_integration",
];

const PROPERTIES: &[(&str, Kind)] = &[
    ("name", Kind::Pattern("^[^<>]+$", has_no_angle_brackets)),
    ("description", Kind::Text(0, 140)),
    ("client_secret", Kind::Text(1, usize::MAX)),
    ("app_type", Kind::OneOf(APP_TYPES)),
    ("callbacks", TEXTS),
    ("allowed_logout_urls", TEXTS),
    ("allowed_origins", TEXTS),
    ("web_origins", TEXTS),
    ("grant_types", TEXTS),
    ("client_metadata", METADATA),
    (
        "organization_usage",
        Kind::OrNull(&Kind::OneOf(&["deny", "allow", "require"])),
    ),
    (
        "organization_require_behavior",
        Kind::OrNull(&Kind::OneOf(&[
            "no_prompt",
            "pre_login_prompt",
            "post_login_prompt",
        ])),
    ),
    (
        "organization_discovery_methods",
        Kind::OrNull(&Kind::List(
            &Kind::OneOf(&["email", "organization_name"]),
            1,
            2,
        )),
    ),
    ("initiate_login_uri", TEXT),
    (
        "token_endpoint_auth_method",
        Kind::OrNull(&Kind::OneOf(&[
            "none",
            "client_secret_post",
            "client_secret_basic",
        ])),
    ),
    (
        "client_authentication_methods",
        Kind::OrNull(&Kind::AnyObject),
    ),
    ("jwt_configuration", Kind::Object(&JWT)),
    ("refresh_token", Kind::OrNull(&Kind::Object(&REFRESH_TOKEN))),
    ("default_organization", Kind::OrNull(&Kind::AnyObject)),
    ("is_first_party", Kind::Boolean),
    ("oidc_conformant", Kind::Boolean),
    ("sso_disabled", Kind::Boolean),
    ("sso", Kind::Boolean),
    ("cross_origin_authentication", Kind::Boolean),
    ("custom_login_page_on", Kind::Boolean),
    ("is_token_endpoint_ip_header_trusted", Kind::Boolean),
    ("require_pushed_authorization_requests", Kind::Boolean),
    ("require_proof_of_possession", Kind::Boolean),
    ("addons", Kind::Anything),
    ("allowed_clients", TEXTS),
    ("async_approval_notification_channels", Kind::Anything),
    ("client_aliases", TEXTS),
    ("compliance_level", Kind::Anything),
    ("cross_origin_loc", Kind::Anything),
    ("custom_login_page", TEXT),
    ("custom_login_page_preview", TEXT),
    ("encryption_key", Kind::Anything),
    ("express_configuration", Kind::Anything),
    ("form_template", TEXT),
    ("logo_uri", TEXT),
    ("mobile", Kind::AnyObject),
    ("my_organization_configuration", Kind::Anything),
    ("native_social_login", Kind::Anything),
    ("oidc_backchannel_logout", Kind::Anything),
    ("oidc_logout", Kind::Anything),
    ("par_request_expiry", Kind::Anything),
    ("redirection_policy", Kind::Anything),
    ("resource_server_identifier", TEXT),
    ("session_transfer", Kind::Anything),
    ("signed_request_object", Kind::Anything),
    (
        "skip_non_verifiable_callback_uri_confirmation_prompt",
        Kind::Anything,
    ),
    ("third_party_security_mode", Kind::Anything),
    ("token_exchange", Kind::Anything),
    ("token_quota", Kind::Anything),
];

fn has_no_angle_brackets(text: &str) -> bool {
    !text.is_empty() && !text.contains(['<', '>'])
}
