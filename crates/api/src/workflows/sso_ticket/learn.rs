//! The identity provider that somebody set up under a link, taken over into our rows.

use domain::identity_provider::{SECRET_OPTIONS, secret_hint};
use domain::{
    ConnectionId, IdentityProviderState, OrganizationId, Role, Strategy, TenantId, TicketState,
};
use management::Connection;
use serde_json::{Map, Value, json};
use store::{IdentityProvider, NewAuditEvent, SsoTicket, StoreError};

use crate::audit;
use crate::jobs::kind;
use crate::workflows::identity_provider::options;
use crate::workflows::{Context, Failure, marker};

/// True when there is one now, or was one already, and the ticket is used because of it.
pub(super) async fn from(
    context: &Context,
    organization: &OrganizationId,
    ticket: &SsoTicket,
) -> Result<bool, Failure> {
    let connections = context.auth0.connections();
    let Some(found) = connections.by_name(&ticket.connection_name).await? else {
        return Ok(false);
    };
    let environment = &context.config.environment;
    let is_ours = marker::is_connection_of(&found.metadata, organization, environment);
    let options = connections.options(&found.id).await?;
    let (true, Some(options)) = (is_ours, options) else {
        return Ok(false);
    };
    let Some(provider) = provider(context, ticket, &found, &options.0) else {
        tracing::warn!(%organization, strategy = found.strategy, "an identity provider of an unknown kind was set up");
        return Ok(false);
    };
    keep(context, organization, ticket, &provider).await?;
    Ok(true)
}

/// None for a strategy that we do not know.
fn provider(
    context: &Context,
    ticket: &SsoTicket,
    connection: &Connection,
    options: &Map<String, Value>,
) -> Option<IdentityProvider> {
    let strategy: Strategy = connection.strategy.parse().ok()?;
    let connection_id: ConnectionId = connection.id.parse().ok()?;
    let secrets = SECRET_OPTIONS.iter().filter_map(|name| {
        let secret = options.get(*name)?.as_str()?;
        Some(((*name).to_owned(), secret_hint(secret)))
    });
    let now = context.clock.now();
    Some(IdentityProvider {
        name: ticket.name.clone(),
        connection_name: ticket.connection_name.clone(),
        connection_id: Some(connection_id),
        strategy,
        display_name: ticket.display_name.clone(),
        show_as_button: true,
        assign_membership_on_login: false,
        is_enabled: true,
        default_role: Role::OrgMember,
        options: Map::new(),
        discovered: options::learned(options),
        secret_hints: secrets.collect(),
        sealed_secrets: None,
        group_roles: Default::default(),
        state: IdentityProviderState::Ready,
        failure: None,
        removal: None,
        setup: 1,
        tested: None,
        proof_lost_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

async fn keep(
    context: &Context,
    organization: &OrganizationId,
    ticket: &SsoTicket,
    provider: &IdentityProvider,
) -> Result<(), Failure> {
    let mut tx = context
        .store
        .tenant(&TenantId::from(organization.clone()))
        .await?;
    let Some(current) = tx.lock_sso_ticket(ticket.id).await? else {
        return Ok(());
    };
    let known = tx.identity_provider_to_push(&ticket.name).await?;
    if known.is_none() {
        match tx.insert_identity_provider(provider).await {
            // Somebody connected one of this name at this very moment; the next look sees it.
            Err(StoreError::Taken { .. }) => return Err(wait()),
            inserted => inserted?,
        }
        let target = format!("identity_provider:{}", provider.name);
        let now = context.clock.now();
        let event = NewAuditEvent {
            after: Some(json!({ "strategy": provider.strategy, "ticket": ticket.id })),
            ..audit::by_system(kind::SSO_TICKET, "identity_provider.created", target, now)
        };
        tx.insert_audit_event(&event).await?;
    }
    let used = SsoTicket {
        state: TicketState::Used,
        updated_at: context.clock.now(),
        ..current
    };
    tx.save_sso_ticket(&used).await?;
    // The link has done what it was for.
    let (key, now) = (ticket.id.to_string(), context.clock.now());
    let payload = json!({ "ticket_id": ticket.id });
    tx.enqueue(kind::SSO_TICKET, &key, &payload, now).await?;
    Ok(tx.commit().await?)
}

fn wait() -> Failure {
    Failure::Wait {
        after: None,
        reason: "an identity provider of this name is just being connected".into(),
    }
}
