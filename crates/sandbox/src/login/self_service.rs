//! `/self-service/connections-flow`: the assistant behind a ticket. It asks for as much as makes a connection.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get, post, web};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error_page::PageError;
use super::page::{Field, page, respond};
use crate::ids;
use crate::state::State;
use crate::tenant::{Connection, Metadata, SsoTicket, Tenant};

const TITLE: &str = "Set up single sign-on";
/// The strategies for which the page knows what to ask.
const STRATEGIES: [&str; 3] = ["oidc", "okta", "samlp"];

#[derive(Deserialize)]
pub(super) struct AtTicket {
    ticket: String,
}

#[derive(Deserialize)]
pub(super) struct ConnectionForm {
    #[serde(default)]
    strategy: String,
    /// Issuer, Okta domain, or sign-in address.
    #[serde(default)]
    address: String,
    #[serde(default)]
    client_id: String,
    /// A client secret, or the certificate that signs.
    #[serde(default)]
    secret: String,
}

#[get("/self-service/connections-flow")]
pub(super) async fn show(
    state: web::Data<State>,
    at: web::Query<AtTicket>,
) -> Result<HttpResponse, PageError> {
    let now = state.clock().now();
    let content = state.write(|tenant| {
        let ticket = tenant.sso_tickets.get_mut(&at.ticket);
        let ticket = ticket.filter(|ticket| ticket.opens(now));
        let ticket = ticket.ok_or(PageError::UnknownTicket)?;
        ticket.openings += 1;
        ticket.first_opened_at.get_or_insert(now);
        let ticket = ticket.clone();
        Ok::<_, PageError>(form(tenant, &at.ticket, &ticket, None))
    })?;
    Ok(respond(StatusCode::OK, page(TITLE, &content)))
}

#[post("/self-service/connections-flow")]
pub(super) async fn submit(
    state: web::Data<State>,
    at: web::Query<AtTicket>,
    sent: web::Form<ConnectionForm>,
) -> Result<HttpResponse, PageError> {
    let now = state.clock().now();
    let done = state.write(|tenant| {
        let ticket = tenant.sso_tickets.get(&at.ticket).cloned();
        let ticket = ticket.filter(|ticket| ticket.is_good(now));
        let ticket = ticket.ok_or(PageError::UnknownTicket)?;
        let Some(options) = sent.options() else {
            let error = Some("Fill in every field");
            return Ok(Err(form(tenant, &at.ticket, &ticket, error)));
        };
        let id = match &ticket.connection_id {
            Some(id) => change(tenant, id, options),
            None => create(tenant, &ticket, &sent.strategy, options, now),
        };
        let id = id.ok_or(PageError::NotOffered)?;
        if let Some(ticket) = tenant.sso_tickets.get_mut(&at.ticket) {
            ticket.connection_id = Some(id);
        }
        Ok::<_, PageError>(Ok(()))
    })?;
    Ok(match done {
        Ok(()) => {
            let content = html! {
                h1 { "Single sign-on is set up" }
                p { "You can close this page and go on in the application." }
            };
            respond(StatusCode::OK, page("Single sign-on is set up", &content))
        }
        Err(content) => respond(StatusCode::BAD_REQUEST, page(TITLE, &content)),
    })
}

impl ConnectionForm {
    /// None when something is missing or no address.
    fn options(&self) -> Option<Metadata> {
        let (address, secret) = (self.address.trim(), self.secret.trim());
        let client_id = self.client_id.trim();
        let has_client = !client_id.is_empty() && !secret.is_empty();
        let options = match self.strategy.as_str() {
            "oidc" if has_client && url::Url::parse(address).is_ok() => json!({
                "type": "back_channel", "issuer": address, "client_id": client_id, "client_secret": secret,
                "discovery_url": format!("{}/.well-known/openid-configuration", address.trim_end_matches('/')),
            }),
            "okta" if has_client && !address.is_empty() => json!({
                "domain": address, "client_id": client_id, "client_secret": secret,
            }),
            "samlp" if !secret.is_empty() && url::Url::parse(address).is_ok() => json!({
                "signInEndpoint": address, "signingCert": secret,
            }),
            _ => return None,
        };
        match options {
            Value::Object(options) => Some(options),
            _ => None,
        }
    }
}

/// As the ticket says it is to be, and offered where the ticket says.
fn create(
    tenant: &mut Tenant,
    ticket: &SsoTicket,
    strategy: &str,
    options: Metadata,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<String> {
    if !offered(tenant, ticket).contains(strategy) {
        return None;
    }
    let config = ticket.connection_config.as_ref()?;
    let text = |name: &str| config.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text("name")?;
    if tenant.connection_named(&name).is_some() {
        return None;
    }
    let mut whole = options;
    if let Some(Value::Object(more)) = config.get("options") {
        whole.extend(more.clone());
    }
    let metadata = match config.get("metadata") {
        Some(Value::Object(metadata)) => metadata.clone(),
        _ => Metadata::new(),
    };
    let connection = Connection {
        id: ids::connection(),
        display_name: text("display_name"),
        realms: vec![name.clone()],
        name,
        strategy: strategy.to_owned(),
        options: whole,
        metadata,
        enabled_clients: ticket.enabled_clients.clone(),
        is_domain_connection: config.get("is_domain_connection") == Some(&Value::Bool(true)),
        show_as_button: config.get("show_as_button").and_then(Value::as_bool),
        created_at: now,
        extra: Metadata::new(),
    };
    let id = connection.id.clone();
    for (organization, switches) in &ticket.enabled_organizations {
        if let Some(organization) = tenant.organizations.get_mut(organization) {
            organization
                .connections
                .insert(id.clone(), switches.clone());
        }
    }
    tenant.connections.insert(id.clone(), connection);
    Some(id)
}

fn change(tenant: &mut Tenant, id: &str, options: Metadata) -> Option<String> {
    let connection = tenant.connections.get_mut(id)?;
    connection.options.extend(options);
    Some(id.to_owned())
}

/// What the profile allows, as far as the page can ask for it; of a connection that is there, its own.
fn offered(tenant: &Tenant, ticket: &SsoTicket) -> BTreeSet<String> {
    let known = ticket.connection_id.as_ref();
    if let Some(connection) = known.and_then(|id| tenant.connections.get(id)) {
        return BTreeSet::from([connection.strategy.clone()]);
    }
    let profile = tenant.self_service_profiles.get(&ticket.profile_id);
    let allowed = profile.map_or(&[][..], |profile| &profile.allowed_strategies);
    STRATEGIES
        .into_iter()
        .filter(|strategy| allowed.is_empty() || allowed.iter().any(|each| each == strategy))
        .map(str::to_owned)
        .collect()
}

fn form(tenant: &Tenant, secret: &str, ticket: &SsoTicket, error: Option<&str>) -> Markup {
    html! {
        h1 { (TITLE) }
        form method="post" action=(format!("/self-service/connections-flow?ticket={secret}")) novalidate {
            label for="strategy" { "Identity provider" }
            select id="strategy" name="strategy" {
                @for strategy in offered(tenant, ticket) { option value=(strategy) { (strategy) } }
            }
            (Field::text("address", "Address", "Issuer, Okta domain, or SAML sign-in address", error).render())
            (Field::text("client_id", "Client ID", "Not for SAML", None).render())
            (Field::text("secret", "Client secret", "For SAML, the signing certificate", None).render())
            button type="submit" { "Save" }
        }
    }
}
