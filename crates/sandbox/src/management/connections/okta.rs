//! The metadata of an Okta organization, which a real tenant fetches from its domain.

use serde_json::{Value, json};

use super::options::default;
use crate::tenant::Metadata;

pub(super) fn complete(options: &mut Metadata) {
    let Some(domain) = options
        .get("domain")
        .and_then(Value::as_str)
        .map(str::to_owned)
    else {
        return;
    };
    let base = format!("https://{domain}/oauth2/v1");
    for (name, path) in [
        ("authorization_endpoint", "authorize"),
        ("token_endpoint", "token"),
        ("userinfo_endpoint", "userinfo"),
    ] {
        default(options, name, json!(format!("{base}/{path}")));
    }
    default(options, "oidc_metadata", metadata(&domain, &base));
    default(options, "type", json!("back_channel"));
    default(options, "schema_version", json!("oidc-V4"));
    default(
        options,
        "attribute_map",
        json!({ "mapping_mode": "basic_profile" }),
    );
    default(options, "connection_settings", json!({ "pkce": "auto" }));
}

fn metadata(domain: &str, base: &str) -> Value {
    let client_authentication = [
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "none",
    ];
    let signatures = [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
    ];
    json!({
        "issuer": format!("https://{domain}"),
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "registration_endpoint": format!("{base}/clients"),
        "jwks_uri": format!("{base}/keys"),
        "introspection_endpoint": format!("{base}/introspect"),
        "revocation_endpoint": format!("{base}/revoke"),
        "end_session_endpoint": format!("{base}/logout"),
        "device_authorization_endpoint": format!("{base}/device/authorize"),
        "pushed_authorization_request_endpoint": format!("{base}/par"),
        "response_types_supported": ["code", "id_token", "code id_token", "code token", "id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post", "okta_post_message"],
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token", "password"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "address", "phone", "offline_access", "groups"],
        "token_endpoint_auth_methods_supported": client_authentication,
        "introspection_endpoint_auth_methods_supported": client_authentication,
        "revocation_endpoint_auth_methods_supported": client_authentication,
        "claims_supported": ["iss", "sub", "aud", "iat", "exp", "name", "email", "email_verified", "updated_at"],
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": false,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "request_object_signing_alg_values_supported": signatures,
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_authentication_request_signing_alg_values_supported": signatures,
        "dpop_signing_alg_values_supported": ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"],
    })
}
