//! Reads and checks what `/authorize` is asked. The error texts are Auth0's own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::error_page::PageError;
use super::refusal::{FORM_POST, Refusal, WEB_MESSAGE};
use super::success::ID_TOKEN;
use super::transactions::LIFETIME;
use super::{connections, invitation};
use crate::ids;
use crate::tenant::{Application, ClientGrant, LoginTransaction, ResourceServer, Tenant};

pub(super) type Query = BTreeMap<String, String>;

/// An application and a callback that belong together; anything else must not be redirected to.
pub(super) fn return_address<'t>(
    tenant: &'t Tenant,
    query: &Query,
) -> Result<(&'t Application, String), PageError> {
    let client_id = query
        .get("client_id")
        .ok_or(PageError::MissingParameter("client_id"))?;
    let client = tenant
        .clients
        .get(client_id)
        .ok_or_else(|| PageError::UnknownClient(client_id.clone()))?;
    let redirect_uri = query
        .get("redirect_uri")
        .ok_or(PageError::MissingParameter("redirect_uri"))?;
    if client.callbacks.contains(redirect_uri) {
        Ok((client, redirect_uri.clone()))
    } else {
        Err(PageError::CallbackMismatch(redirect_uri.clone()))
    }
}

/// The transaction as asked for, not yet checked.
pub(super) fn transaction(
    client_id: &str,
    redirect_uri: String,
    host: String,
    query: &Query,
    now: DateTime<Utc>,
) -> LoginTransaction {
    let asked = |name: &str| query.get(name).filter(|value| !value.is_empty()).cloned();
    LoginTransaction {
        client_id: client_id.to_owned(),
        redirect_uri,
        scope: asked("scope").unwrap_or_default(),
        state: asked("state"),
        nonce: asked("nonce"),
        audience: asked("audience"),
        code_challenge: asked("code_challenge"),
        organization: None,
        is_personal: false,
        invitation: asked("invitation"),
        connection: asked("connection"),
        login_hint: asked("login_hint"),
        host,
        csrf: ids::opaque(),
        response_mode: asked("response_mode").unwrap_or_else(|| "query".to_owned()),
        authenticated: None,
        pending_mfa: None,
        mfa_at: None,
        query: query.clone(),
        expires_at: now + LIFETIME,
    }
}

/// Refuses what Auth0 refuses and finds the organization and the invitation.
pub(super) fn check(
    tenant: &Tenant,
    client: &Application,
    transaction: &mut LoginTransaction,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    check_protocol(client, transaction)?;
    if let Some(audience) = &transaction.audience {
        let Some(api) = tenant.resource_servers.get(audience) else {
            let detail = format!("Service not found: {audience}");
            return Err(Refusal::access_denied(detail));
        };
        check_user_access(tenant, client, api)?;
    }
    transaction.organization = organization(tenant, client, &transaction.query)?;
    invitation::bind(tenant, transaction, now)?;
    let undecided = transaction.organization.is_none() && client.organization_usage == "require";
    if !undecided && connections::offered(tenant, transaction).is_empty() {
        return Err(Refusal::invalid_request(match transaction.connection {
            Some(_) => "the connection was not found",
            None => "no connections enabled for the client",
        }));
    }
    Ok(())
}

/// Whether people may have tokens of the API through the application (its `subject_type_authorization`).
fn check_user_access(
    tenant: &Tenant,
    client: &Application,
    api: &ResourceServer,
) -> Result<(), Refusal> {
    let said = api.extra.get("subject_type_authorization");
    let policy = said.and_then(|said| said["user"]["policy"].as_str());
    let is_granted = |policy| {
        let granted = |grant: &ClientGrant| {
            let is_theirs = grant
                .extra
                .get("subject_type")
                .is_some_and(|of| of == "user");
            is_theirs && grant.client_id == client.client_id && grant.audience == api.identifier
        };
        policy == "require_client_grant" && tenant.client_grants.values().any(granted)
    };
    if policy.is_none_or(|policy| policy == "allow_all" || is_granted(policy)) {
        return Ok(());
    }
    Err(Refusal::invalid_request(format!(
        "Client \"{}\" is not authorized to access resource server \"{}\"",
        client.client_id, api.identifier
    )))
}

fn check_protocol(client: &Application, transaction: &LoginTransaction) -> Result<(), Refusal> {
    let grant = match transaction.query.get("response_type").map(String::as_str) {
        Some("code") => "authorization_code",
        Some(ID_TOKEN) => "implicit",
        Some(other) => {
            return Err(Refusal::new(
                "unsupported_response_type",
                format!("Unsupported response type: {other}"),
            ));
        }
        None => {
            return Err(Refusal::invalid_request(
                "Missing required parameter: response_type",
            ));
        }
    };
    // No token in a query, where servers log it.
    let with_code = grant == "authorization_code";
    match transaction.response_mode.as_str() {
        FORM_POST => {}
        "query" | WEB_MESSAGE if with_code => {}
        "query" => return Err(Refusal::invalid_request("response_mode must be form_post")),
        _ => {
            return Err(Refusal::invalid_request(
                "response_mode must be query, form_post or web_message",
            ));
        }
    }
    if !with_code && transaction.nonce.is_none() {
        return Err(Refusal::invalid_request(
            "Missing required parameter: nonce",
        ));
    }
    if !client.grant_types.iter().any(|allowed| allowed == grant) {
        let description = format!("Grant type '{grant}' not allowed for the client.");
        return Err(Refusal::new("unauthorized_client", description));
    }
    let method = transaction
        .query
        .get("code_challenge_method")
        .map(String::as_str);
    if transaction.code_challenge.is_some() && method != Some("S256") {
        return Err(Refusal::invalid_request(
            "code_challenge_method must be S256",
        ));
    }
    Ok(())
}

fn organization(
    tenant: &Tenant,
    client: &Application,
    query: &Query,
) -> Result<Option<String>, Refusal> {
    let asked = query.get("organization").filter(|value| !value.is_empty());
    let Some(asked) = asked else {
        if client.organization_usage == "require"
            && client.organization_require_behavior == "no_prompt"
        {
            return Err(Refusal::invalid_request(
                "parameter organization is required for this client",
            ));
        }
        return Ok(None);
    };
    if !matches!(client.organization_usage.as_str(), "allow" | "require") {
        return Err(Refusal::invalid_request(
            "parameter organization is not allowed for this client",
        ));
    }
    let found = if asked.starts_with("org_") {
        tenant.organizations.get(asked)
    } else if tenant.settings.organization_names_allowed {
        tenant.organization_named(&asked.to_ascii_lowercase())
    } else {
        return Err(Refusal::invalid_request(
            "authorization request parameter organization must be an organization id",
        ));
    };
    match found {
        Some(organization) => Ok(Some(organization.id.clone())),
        None => Err(Refusal::invalid_request(format!(
            "parameter organization is invalid: {asked}"
        ))),
    }
}
