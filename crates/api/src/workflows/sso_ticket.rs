//! A link under which somebody sets up single sign-on at Auth0: made there, handed over sealed, and taken back there once
//! it is over. What came of it is found by the connection's name, which the link fixes, and becomes an identity provider
//! here.

mod learn;

use chrono::TimeDelta;
use domain::{OrganizationId, SsoTicketId, TenantId, TicketState};
use management::{NewSsoTicket, TicketConnection, TicketOrganization};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::{SsoTicket, StoreError, TenantTx};

use super::{Context, Failure, marker};
use crate::jobs::kind;
use crate::sealing::{SealingKey, Unreadable};

/// No event tells of what was set up under a link, so Auth0 is asked while one is open: a read each time.
const LOOK_EVERY: TimeDelta = TimeDelta::minutes(1);

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn follow(
    context: &Context,
    organization: &OrganizationId,
    id: SsoTicketId,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let Some(ticket) = tx.sso_ticket(id).await? else {
        return Ok(());
    };
    drop(tx);
    let now = context.clock.now();
    match ticket.state.at(now, ticket.expires_at) {
        TicketState::Pending => make(context, organization, &ticket).await,
        TicketState::Open => {
            if !learn::from(context, organization, &ticket).await? {
                let mut tx = context.store.tenant(&organization.clone().into()).await?;
                look_later(context, &mut tx, &ticket).await?;
                tx.commit().await?;
            }
            Ok(())
        }
        TicketState::Used | TicketState::Revoked | TicketState::Expired | TicketState::Failed => {
            end(context, organization, &ticket).await
        }
    }
}

/// What came of the links of one organization; at most two reads of Auth0 for each.
///
/// # Errors
/// See [`Failure`].
pub async fn look(context: &Context, organization: &OrganizationId) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let tickets = tx.unfinished_sso_tickets().await?;
    drop(tx);
    for ticket in tickets {
        follow(context, organization, ticket.id).await?;
    }
    Ok(())
}

/// At the latest when it expires, and is taken back.
async fn look_later(
    context: &Context,
    tx: &mut TenantTx,
    ticket: &SsoTicket,
) -> Result<(), StoreError> {
    let at = ticket.expires_at.min(context.clock.now() + LOOK_EVERY);
    let payload = json!({ "ticket_id": ticket.id });
    let key = ticket.id.to_string();
    tx.enqueue(kind::SSO_TICKET, &key, &payload, at).await
}

/// Says in its row that Auth0 does not make it.
///
/// # Errors
/// The database failed.
pub async fn fail(
    context: &Context,
    organization: &OrganizationId,
    id: SsoTicketId,
    reason: &str,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    if let Some(ticket) = tx.lock_sso_ticket(id).await?
        && ticket.state == TicketState::Pending
    {
        let failed = SsoTicket {
            state: TicketState::Failed,
            failure: Some(reason.to_owned()),
            updated_at: context.clock.now(),
            ..ticket
        };
        tx.save_sso_ticket(&failed).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The link of a ticket that is kept.
///
/// # Errors
/// It was sealed with another key.
pub(crate) fn open(
    key: &SealingKey,
    organization: &OrganizationId,
    id: SsoTicketId,
    sealed: &[u8],
) -> Result<SecretString, Unreadable> {
    let id = id.to_string();
    key.open_text(&place(organization, &id), sealed)
}

fn place<'a>(organization: &'a OrganizationId, id: &'a str) -> [&'a str; 3] {
    ["sso_ticket", organization.as_ref(), id]
}

/// One of which the answer was lost is never told to anybody, and expires.
async fn make(
    context: &Context,
    organization: &OrganizationId,
    ticket: &SsoTicket,
) -> Result<(), Failure> {
    let profile = profile(context).await?;
    let profiles = context.auth0.self_service_profiles();
    let made = profiles
        .create_ticket(&profile, &wanted(context, organization, ticket))
        .await?;
    let id = ticket.id.to_string();
    let url = made.url().expose_secret();
    let sealed = context
        .config
        .secrets_key
        .seal(&place(organization, &id), url.as_bytes())
        .map_err(|_| Failure::Park("the link cannot be sealed".into()))?;
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    match tx.lock_sso_ticket(ticket.id).await? {
        Some(current) if current.state == TicketState::Pending => {
            let open = SsoTicket {
                state: TicketState::Open,
                sealed_ticket: Some(sealed),
                updated_at: context.clock.now(),
                ..current
            };
            tx.save_sso_ticket(&open).await?;
            look_later(context, &mut tx, &open).await?;
            Ok(tx.commit().await?)
        }
        // Revoked in the meantime, or made by another run.
        Some(_) | None => {
            drop(tx);
            Ok(profiles.revoke_ticket(&profile, &made).await?)
        }
    }
}

fn wanted(context: &Context, organization: &OrganizationId, ticket: &SsoTicket) -> NewSsoTicket {
    let left = (ticket.expires_at - context.clock.now()).num_seconds();
    NewSsoTicket {
        connection_config: Some(TicketConnection {
            name: ticket.connection_name.clone(),
            display_name: ticket.display_name.clone(),
            metadata: marker::of_connection(organization, &context.config.environment),
        }),
        connection_id: None,
        enabled_clients: vec![context.config.auth0.console_client_id.clone()],
        enabled_organizations: vec![TicketOrganization {
            organization_id: organization.to_string(),
            assign_membership_on_login: false,
            show_as_button: true,
        }],
        ttl_sec: u32::try_from(left.max(1)).unwrap_or(u32::MAX),
    }
}

/// One profile serves all organizations; it says which kinds of identity providers there are and how the page looks.
async fn profile(context: &Context) -> Result<String, Failure> {
    let profiles = context.auth0.self_service_profiles();
    let name = context.config.service_name.as_ref();
    match profiles.by_name(name).await? {
        Some(found) => Ok(found.id),
        None => Ok(profiles.create(name).await?.id),
    }
}

/// Takes the link back, after a last look at what came of it.
async fn end(
    context: &Context,
    organization: &OrganizationId,
    ticket: &SsoTicket,
) -> Result<(), Failure> {
    if ticket.state != TicketState::Used && learn::from(context, organization, ticket).await? {
        // Its state is another one now, and this runs again.
        return Ok(());
    }
    let key = &context.config.secrets_key;
    if let Some(sealed) = &ticket.sealed_ticket
        && let Ok(url) = open(key, organization, ticket.id, sealed)
    {
        let link = management::SsoTicket::at(url);
        let profile = profile(context).await?;
        let profiles = context.auth0.self_service_profiles();
        profiles.revoke_ticket(&profile, &link).await?;
    }
    let mut tx = context
        .store
        .tenant(&TenantId::from(organization.clone()))
        .await?;
    if let Some(current) = tx.lock_sso_ticket(ticket.id).await? {
        let now = context.clock.now();
        let over = SsoTicket {
            state: current.state.at(now, current.expires_at),
            sealed_ticket: None,
            updated_at: now,
            ..current
        };
        tx.save_sso_ticket(&over).await?;
        tx.commit().await?;
    }
    Ok(())
}
