//! The discovery document and the key set.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use serde_json::json;

use super::{issuer, saml};
use crate::keys::jwks;
use crate::state::State;

#[get("/idp/{name}/.well-known/openid-configuration")]
pub(super) async fn configuration(
    state: web::Data<State>,
    http: HttpRequest,
    name: web::Path<String>,
) -> HttpResponse {
    let issuer = issuer(&state, &http, &name);
    HttpResponse::Ok().json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "scopes_supported": ["openid", "profile", "email", "groups"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "claims_supported": [
            "aud", "email", "email_verified", "exp", "groups", "iat", "iss", "name", "nonce", "preferred_username", "sub",
        ],
        "code_challenge_methods_supported": ["S256"],
    }))
}

#[derive(Deserialize)]
pub(super) struct Variant {
    /// Another certificate comes before the one that signs, as while a provider exchanges them.
    #[serde(default)]
    rotating: bool,
}

/// The metadata of the same provider as a SAML one (SAML 2.0 Metadata).
#[get("/idp/{name}/saml/metadata")]
pub(super) async fn saml_metadata(
    state: web::Data<State>,
    http: HttpRequest,
    name: web::Path<String>,
    variant: web::Query<Variant>,
) -> HttpResponse {
    described(&state, &http, &name, variant.rotating).await
}

async fn described(state: &State, http: &HttpRequest, name: &str, rotating: bool) -> HttpResponse {
    let issuer = issuer(state, http, name);
    let other = state.read(|tenant| tenant.current_key().certificate.clone());
    let mut certificates = vec![saml::key(state).await.certificate];
    if rotating {
        certificates.insert(0, other);
    }
    let signing: String = certificates
        .iter()
        .map(|certificate| {
            format!(
                r#"
    <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"#
            )
        })
        .collect();
    let metadata = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{issuer}">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{signing}
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{issuer}/saml/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
"#
    );
    HttpResponse::Ok()
        .content_type("application/samlmetadata+xml")
        .body(metadata)
}

/// The same as an ADFS server's, which has the old certificate and the new one while it exchanges them.
#[get("/idp/{name}/FederationMetadata/2007-06/FederationMetadata.xml")]
pub(super) async fn federation_metadata(
    state: web::Data<State>,
    http: HttpRequest,
    name: web::Path<String>,
) -> HttpResponse {
    described(&state, &http, &name, true).await
}

/// The tenant's keys do for the providers as well; their issuers tell the tokens apart.
#[get("/idp/{name}/keys")]
pub(super) async fn keys(state: web::Data<State>, _name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(state.read(jwks))
}
