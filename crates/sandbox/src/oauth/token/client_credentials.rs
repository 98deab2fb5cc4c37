//! A machine's own token, as far as a client grant allows.

use actix_web::HttpRequest;

use super::Tokens;
use crate::oauth::error::OAuthError;
use crate::oauth::fields::Fields;
use crate::state::State;
use crate::tenant::{Application, Tenant};
use crate::tokens::{self, MachineLogin};

const GRANT: &str = "client_credentials";

pub(super) fn exchange(
    state: &State,
    http: &HttpRequest,
    client: &Application,
    fields: &Fields,
) -> Result<Tokens, OAuthError> {
    client.require_grant(GRANT)?;
    let audience = fields.required("audience")?;
    if fields.optional("organization").is_some() {
        return Err(OAuthError::OrganizationNotAllowed);
    }
    // The Management API goes by a name of its own on every host, and is stored under one.
    let identifier = if state.hosts().is_management_audience(audience, http) {
        state.hosts().management_audience()
    } else {
        audience.to_owned()
    };
    let host = state.hosts().of(http);
    let now = state.clock().now();
    state.read(|tenant| {
        let api = tenant
            .resource_servers
            .get(&identifier)
            .ok_or_else(|| OAuthError::UnknownAudience(audience.to_owned()))?;
        let scope = granted(tenant, client, &identifier, fields.optional("scope"))
            .ok_or_else(|| OAuthError::NoClientGrant(audience.to_owned()))?;
        let login = MachineLogin {
            host: &host,
            client_id: &client.client_id,
            audience,
            api,
            scope,
        };
        let minted = tokens::for_machine(tenant, &login, now);
        Ok(Tokens {
            access_token: minted.token,
            id_token: None,
            refresh_token: None,
            scope: minted.scope,
            expires_in: minted.expires_in,
            token_type: "Bearer",
        })
    })
}

/// All that was granted, or what was asked for of it; `None` without a grant.
fn granted(
    tenant: &Tenant,
    client: &Application,
    audience: &str,
    asked: Option<&str>,
) -> Option<Vec<String>> {
    let grant = tenant
        .client_grants
        .values()
        .find(|grant| grant.client_id == client.client_id && grant.audience == audience)?;
    let asked: Option<Vec<&str>> = asked.map(|asked| asked.split_whitespace().collect());
    let scopes = grant.scope.iter().filter(|scope| match &asked {
        Some(asked) => asked.contains(&scope.as_str()),
        None => true,
    });
    Some(scopes.cloned().collect())
}
