//! Which options each strategy has, and what they may hold, as Auth0's description of the API has it. Options that it does
//! not name are kept as they are.

use crate::management::schema::{Kind, Schema, TEXT};

const FLAG: Kind = Kind::Boolean;
const NAME: Kind = Kind::Text(1, 255);
const CERTIFICATE: Kind = Kind::OrNull(&Kind::Text(1, 10_240));
const DOCUMENT: Kind = Kind::OrNull(&Kind::Text(1, 102_400));
/// On a laptop, an identity provider may be a stand-in on this machine.
const ADDRESS: Kind = Kind::OrNull(&Kind::Pattern("^https:\\/\\/.*", is_address));
const ALIASES: Kind = Kind::List(&Kind::Text(0, 256), 0, 1_000);
const SCOPES: Kind = Kind::List(&TEXT, 0, 100);
const THUMBPRINTS: Kind = Kind::List(&Kind::Text(0, 64), 0, 20);
const ROOT_ATTRIBUTES: Kind = Kind::OneOf(&["on_each_login", "on_first_login", "never_on_login"]);
const TRUST: Kind = Kind::OneOf(&[
    "never_set_emails_as_verified",
    "always_set_emails_as_verified",
]);
const SIGNATURE: Kind = Kind::OrNull(&Kind::OneOf(&["rsa-sha1", "rsa-sha256"]));
const DIGEST: Kind = Kind::OrNull(&Kind::OneOf(&["sha1", "sha256"]));
const BINDING: Kind = Kind::OrNull(&Kind::OneOf(&[
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
]));
const IDP_INITIATED: Kind = Kind::Object(&Schema {
    required: &[],
    properties: &[
        ("enabled", FLAG),
        ("client_id", Kind::Text(0, 256)),
        (
            "client_protocol",
            Kind::OrNull(&Kind::OneOf(&["oidc", "samlp", "wsfed"])),
        ),
        ("client_authorizequery", Kind::Text(0, 2_048)),
    ],
    open: false,
});
const PKCE: Kind = Kind::Object(&Schema {
    required: &[],
    properties: &[("pkce", Kind::OneOf(&["auto", "S256", "plain", "disabled"]))],
    open: true,
});

const DATABASE: Schema = Schema {
    required: &[],
    properties: &[
        ("attributes", Kind::AnyObject),
        ("brute_force_protection", FLAG),
        ("configuration", Kind::OrNull(&Kind::AnyObject)),
        ("customScripts", Kind::AnyObject),
        ("disable_signup", FLAG),
        ("enabledDatabaseCustomization", FLAG),
        ("import_mode", FLAG),
        (
            "passwordPolicy",
            Kind::OrNull(&Kind::OneOf(&["none", "low", "fair", "good", "excellent"])),
        ),
        ("requires_username", FLAG),
        ("validation", Kind::OrNull(&Kind::AnyObject)),
    ],
    open: true,
};

const OIDC: Schema = Schema {
    required: &["client_id"],
    properties: &[
        ("attribute_map", Kind::OrNull(&Kind::AnyObject)),
        ("authorization_endpoint", ADDRESS),
        ("client_id", Kind::Text(0, 255)),
        ("client_secret", Kind::Text(0, 700)),
        ("connection_settings", PKCE),
        ("discovery_url", ADDRESS),
        ("domain_aliases", ALIASES),
        ("icon_url", ADDRESS),
        ("issuer", Kind::OrNull(&Kind::Text(0, 255))),
        ("jwks_uri", ADDRESS),
        ("scope", Kind::Text(6, 255)),
        ("send_back_channel_nonce", FLAG),
        ("set_user_root_attributes", ROOT_ATTRIBUTES),
        ("tenant_domain", NAME),
        ("token_endpoint", ADDRESS),
        ("type", Kind::OneOf(&["back_channel", "front_channel"])),
        ("upstream_params", Kind::OrNull(&Kind::AnyObject)),
        ("userinfo_endpoint", ADDRESS),
    ],
    open: true,
};

const OKTA: Schema = Schema {
    required: &["client_id"],
    properties: &[
        ("attribute_map", Kind::OrNull(&Kind::AnyObject)),
        ("authorization_endpoint", ADDRESS),
        ("client_id", Kind::Text(0, 255)),
        ("client_secret", Kind::Text(0, 700)),
        ("connection_settings", PKCE),
        ("domain", Kind::Text(4, 255)),
        ("domain_aliases", ALIASES),
        ("icon_url", ADDRESS),
        ("scope", Kind::Text(6, 255)),
        ("set_user_root_attributes", ROOT_ATTRIBUTES),
        ("token_endpoint", ADDRESS),
        ("type", Kind::OneOf(&["back_channel"])),
        ("upstream_params", Kind::OrNull(&Kind::AnyObject)),
        ("userinfo_endpoint", ADDRESS),
    ],
    open: true,
};

const SAML: Schema = Schema {
    required: &[],
    properties: &[
        ("cert", CERTIFICATE),
        ("debug", FLAG),
        ("digestAlgorithm", DIGEST),
        ("disableSignout", FLAG),
        ("domain_aliases", ALIASES),
        ("entityId", Kind::Text(1, 128)),
        ("fieldsMap", Kind::OrNull(&Kind::AnyObject)),
        ("icon_url", ADDRESS),
        ("idpinitiated", IDP_INITIATED),
        ("metadataUrl", ADDRESS),
        ("metadataXml", DOCUMENT),
        ("protocolBinding", BINDING),
        ("requestTemplate", Kind::Text(1, 10_240)),
        ("set_user_root_attributes", ROOT_ATTRIBUTES),
        ("signInEndpoint", ADDRESS),
        ("signOutEndpoint", ADDRESS),
        ("signSAMLRequest", FLAG),
        ("signatureAlgorithm", SIGNATURE),
        ("signingCert", CERTIFICATE),
        ("tenant_domain", NAME),
        ("thumbprints", THUMBPRINTS),
        ("upstream_params", Kind::OrNull(&Kind::AnyObject)),
        ("user_id_attribute", Kind::Text(1, 2_396)),
    ],
    open: true,
};

const PING: Schema = Schema {
    required: &["pingFederateBaseUrl"],
    properties: &[
        ("cert", CERTIFICATE),
        ("digestAlgorithm", DIGEST),
        ("domain_aliases", ALIASES),
        ("icon_url", ADDRESS),
        ("idpinitiated", IDP_INITIATED),
        ("pingFederateBaseUrl", ADDRESS),
        ("protocolBinding", BINDING),
        ("set_user_root_attributes", ROOT_ATTRIBUTES),
        ("signInEndpoint", ADDRESS),
        ("signSAMLRequest", FLAG),
        ("signatureAlgorithm", SIGNATURE),
        ("signingCert", Kind::Text(1, 10_240)),
        ("upstream_params", Kind::OrNull(&Kind::AnyObject)),
    ],
    open: true,
};

const ADFS: Schema = Schema {
    required: &[],
    properties: &[
        ("adfs_server", Kind::Text(0, 2_048)),
        ("domain_aliases", ALIASES),
        ("entityId", Kind::Text(1, 128)),
        ("fedMetadataXml", DOCUMENT),
        ("icon_url", ADDRESS),
        ("set_user_root_attributes", ROOT_ATTRIBUTES),
        ("should_trust_email_verified_connection", TRUST),
        ("signInEndpoint", ADDRESS),
        ("tenant_domain", NAME),
        ("thumbprints", THUMBPRINTS),
        ("upstream_params", Kind::OrNull(&Kind::AnyObject)),
        ("user_id_attribute", Kind::Text(1, 128)),
    ],
    open: true,
};

const GOOGLE_APPS: Schema = Schema {
    required: &["client_id"],
    properties: &[
        ("api_enable_groups", FLAG),
        ("api_enable_users", FLAG),
        ("client_id", Kind::Text(1, 128)),
        ("client_secret", Kind::Text(1, 4_096)),
        ("domain", Kind::Text(1, 1_024)),
        ("domain_aliases", ALIASES),
        ("email", FLAG),
        ("handle_login_from_social", FLAG),
        ("icon_url", ADDRESS),
        ("map_user_id_to_id", FLAG),
        ("profile", FLAG),
        ("scope", Kind::List(&NAME, 1, 64)),
        ("set_user_root_attributes", ROOT_ATTRIBUTES),
        ("tenant_domain", Kind::OrNull(&NAME)),
        ("upstream_params", Kind::OrNull(&Kind::AnyObject)),
    ],
    open: true,
};

const AZURE: Schema = Schema {
    required: &["client_id"],
    properties: &[
        ("api_enable_users", FLAG),
        ("app_domain", Kind::Text(0, 255)),
        ("app_id", Kind::Text(0, 500)),
        ("basic_profile", FLAG),
        (
            "client_id",
            Kind::Pattern("^[a-zA-Z0-9-:./_~]+$", is_azure_client),
        ),
        ("client_secret", Kind::Text(0, 10_000)),
        ("domain_aliases", ALIASES),
        ("ext_groups", FLAG),
        ("ext_nested_groups", FLAG),
        ("ext_profile", FLAG),
        ("icon_url", ADDRESS),
        (
            "identity_api",
            Kind::OrNull(&Kind::OneOf(&[
                "microsoft-identity-platform-v2.0",
                "azure-active-directory-v1.0",
            ])),
        ),
        ("scope", SCOPES),
        ("set_user_root_attributes", ROOT_ATTRIBUTES),
        ("should_trust_email_verified_connection", TRUST),
        ("tenant_domain", Kind::OrNull(&Kind::Text(0, 512))),
        ("thumbprints", THUMBPRINTS),
        ("upstream_params", Kind::OrNull(&Kind::AnyObject)),
        ("useCommonEndpoint", FLAG),
        ("use_wsfed", FLAG),
        (
            "userid_attribute",
            Kind::OrNull(&Kind::OneOf(&["oid", "sub"])),
        ),
        (
            "waad_protocol",
            Kind::OrNull(&Kind::OneOf(&["ws-federation", "openid-connect"])),
        ),
    ],
    open: true,
};

/// None where nothing is checked.
pub(super) fn schema(strategy: &str) -> Option<&'static Schema> {
    Some(match strategy {
        "adfs" => &ADFS,
        "auth0" => &DATABASE,
        "google-apps" => &GOOGLE_APPS,
        "oidc" => &OIDC,
        "okta" => &OKTA,
        "pingfederate" => &PING,
        "samlp" => &SAML,
        "waad" => &AZURE,
        _ => return None,
    })
}

fn is_address(text: &str) -> bool {
    let near = ["http://localhost", "http://127.0.0.1"];
    text.starts_with("https://") || near.iter().any(|start| text.starts_with(start))
}

fn is_azure_client(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-:./_~".contains(&byte);
    (1..=100).contains(&text.len()) && text.bytes().all(allowed)
}
