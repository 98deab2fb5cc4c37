//! What an identity provider publishes about itself, read and judged before anything is made of it.

use domain::Strategy;
use serde_json::{Map, Value};
use store::IdentityProvider;

use crate::app::AppState;
use crate::documents::{self, Fetcher, Refused};
use crate::problem::Problem;

/// What Auth0 is told beside the options that an administrator gave. Nothing is fetched for Okta, Entra ID and Google
/// Workspace, whose documents lie at an address that Auth0 makes of a domain name by itself, nor for PingFederate, which
/// publishes its metadata for each partner: of these, the shape of the options is judged.
///
/// # Errors
/// 422 with the option that names the document.
pub(super) async fn read(
    state: &AppState,
    provider: &IdentityProvider,
) -> Result<Map<String, Value>, Problem> {
    let fetcher = Fetcher::new(state.config.identity_provider_origins.clone());
    let now = state.clock.now();
    for option in [
        "icon_url",
        "adfs_server",
        "pingFederateBaseUrl",
        "signInEndpoint",
    ] {
        if let Some(address) = text(provider, option) {
            let checked = fetcher.check(address);
            checked.map_err(|refused| problem(option, refused))?;
        }
    }
    require_own_client(state, provider)?;
    match provider.strategy {
        Strategy::Oidc => {
            let option = "discovery_url";
            let address = text(provider, option).unwrap_or_default();
            let back_channel = text(provider, "type") == Some("back_channel");
            let told = documents::discovery(&fetcher, address, back_channel).await;
            told.map_err(|refused| problem(option, refused))
        }
        Strategy::Samlp => match text(provider, "metadataUrl") {
            Some(address) => {
                let chosen = text(provider, "signingCert");
                let document = fetcher.fetch(address).await;
                let told = document
                    .and_then(|document| documents::metadata(&fetcher, &document, chosen, now));
                told.map_err(|refused| match refused {
                    Refused::OtherCertificate => problem("signingCert", refused),
                    refused => problem("metadataUrl", refused),
                })
            }
            None => Ok(Map::new()),
        },
        Strategy::Adfs => match text(provider, "fedMetadataXml") {
            // Auth0 reads it by itself; it is judged here all the same.
            Some(document) => documents::federation_metadata(&fetcher, document.as_bytes(), now)
                .map(|()| Map::new())
                .map_err(|refused| problem("fedMetadataXml", refused)),
            None => {
                let option = "adfs_server";
                let address = federation_metadata(text(provider, option).unwrap_or_default());
                let document = fetcher.fetch(&address).await;
                document
                    .and_then(|document| documents::federation_metadata(&fetcher, &document, now))
                    .map(|()| Map::new())
                    .map_err(|refused| problem(option, refused))
            }
        },
        Strategy::Okta | Strategy::Waad | Strategy::GoogleApps | Strategy::PingFederate => {
            Ok(Map::new())
        }
    }
}

/// Where an ADFS server publishes its metadata, unless that is what was given.
fn federation_metadata(server: &str) -> String {
    if server.ends_with(".xml") {
        return server.to_owned();
    }
    let server = server.trim_end_matches('/');
    format!("{server}/FederationMetadata/2007-06/FederationMetadata.xml")
}

/// A login that the provider begins ends at the application, and at no other of the tenant's.
fn require_own_client(state: &AppState, provider: &IdentityProvider) -> Result<(), Problem> {
    let said = provider.options.get("idpInitiated");
    let client = said.and_then(|said| said.get("client_id"));
    let own = state.config.auth0.console_client_id.as_str();
    if client.is_none_or(|client| client == own) {
        return Ok(());
    }
    let detail = format!("The application is {own}; it may be left out.");
    let field = "options.idpInitiated.client_id";
    Err(Problem::invalid_field(field, "unknown_client", detail))
}

fn text<'a>(provider: &'a IdentityProvider, option: &str) -> Option<&'a str> {
    provider.options.get(option).and_then(Value::as_str)
}

fn problem(option: &str, refused: Refused) -> Problem {
    Problem::invalid_field(format!("options.{option}"), refused.code(), refused)
}
