//! Orders a link, waits for the worker to get it from Auth0, and hands it over once.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::identity_provider::InvalidIdentityProviderName;
use domain::sso_ticket::{InvalidLifetime, MOST_OPEN, expires_at};
use domain::{IdentityProviderKey, IdentityProviderName, OrganizationId, SsoTicketId, TicketState};
use secrecy::ExposeSecret;
use serde_json::json;
use store::{NewAuditEvent, SsoTicket, TenantTx};
use uuid::Uuid;

use super::{TicketBody, TicketRequest};
use crate::app::AppState;
use crate::audit;
use crate::idempotency::Attempt;
use crate::jobs::kind;
use crate::problem::{Code, Problem};
use crate::workflows::sso_ticket;

/// How long the caller waits for Auth0; with the same `Idempotency-Key` they may come back for the same link.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

const MAX_DISPLAY_NAME: usize = 64;

/// Who asks, for the audit trail.
pub(super) struct Asker {
    /// As the trail names them.
    pub(super) actor: String,
    pub(super) request_id: String,
}

/// # Errors
/// 422 for a field.
pub(super) fn wanted(
    request: TicketRequest,
    organization: &OrganizationId,
    asker: &Asker,
    now: DateTime<Utc>,
) -> Result<SsoTicket, Problem> {
    let name = IdentityProviderName::try_from(request.name).map_err(
        |refusal: InvalidIdentityProviderName| {
            Problem::invalid_field("name", refusal.code(), refusal)
        },
    )?;
    let display_name = request.display_name.unwrap_or_else(|| name.to_string());
    let fits = (1..=MAX_DISPLAY_NAME).contains(&display_name.trim().chars().count());
    if !fits || display_name.chars().any(char::is_control) {
        let detail = format!("1 to {MAX_DISPLAY_NAME} characters on one line.");
        return Err(Problem::invalid_field("display_name", "invalid", detail));
    }
    let expires_at = expires_at(now, request.ttl_seconds).map_err(|refusal: InvalidLifetime| {
        Problem::invalid_field("ttl_seconds", refusal.code(), refusal)
    })?;
    Ok(SsoTicket {
        id: SsoTicketId::from(Uuid::now_v7()),
        connection_name: name.connection_name(organization),
        name,
        display_name: display_name.trim().to_owned(),
        state: TicketState::Pending,
        failure: None,
        sealed_ticket: None,
        created_by: asker.actor.clone(),
        created_at: now,
        updated_at: now,
        expires_at,
    })
}

/// # Errors
/// 409 when there is such an identity provider, or enough open links.
pub(super) async fn order(
    tx: &mut TenantTx,
    ticket: &SsoTicket,
    asker: Asker,
) -> Result<(), Problem> {
    // One at a time, so that of two at once the second is counted too.
    tx.lock_members().await?;
    let now = ticket.created_at;
    let key = IdentityProviderKey::Name(ticket.name.clone());
    if tx.identity_provider(&key).await?.is_some() {
        return Err(Problem::new(Code::IdentityProviderTaken));
    }
    let open = tx.unfinished_sso_tickets().await?;
    let live = |ticket: &&SsoTicket| ticket.state.at(now, ticket.expires_at).is_live();
    let live: Vec<_> = open.iter().filter(live).collect();
    if live.len() >= MOST_OPEN {
        let detail = format!("At most {MOST_OPEN}; revoke one first.");
        return Err(Problem::new(Code::TooManyTickets).detail(detail));
    }
    if live.iter().any(|other| other.name == ticket.name) {
        let detail = "A ticket for this name is open; revoke it first.";
        return Err(Problem::new(Code::Conflict).detail(detail));
    }
    tx.insert_sso_ticket(ticket).await?;
    let after = json!({ "name": ticket.name, "expires_at": ticket.expires_at });
    changed(tx, ticket, "sso_ticket.created", asker, Some(after)).await
}

/// Notes it in the trail and has Auth0 follow.
pub(super) async fn changed(
    tx: &mut TenantTx,
    ticket: &SsoTicket,
    action: &str,
    asker: Asker,
    after: Option<serde_json::Value>,
) -> Result<(), Problem> {
    let key = ticket.id.to_string();
    let payload = json!({ "ticket_id": ticket.id });
    tx.enqueue(kind::SSO_TICKET, &key, &payload, ticket.updated_at)
        .await?;
    let target = format!("sso_ticket:{key}");
    let event = NewAuditEvent {
        actor: asker.actor,
        request_id: Some(asker.request_id),
        after,
        ..audit::by_system(kind::SSO_TICKET, action, target, ticket.updated_at)
    };
    tx.insert_audit_event(&event).await?;
    Ok(())
}

/// # Errors
/// 503 when Auth0 does not make it in time, 409 when it never will.
pub(super) async fn deliver(
    state: &AppState,
    organization: &OrganizationId,
    id: SsoTicketId,
    attempt: Attempt,
) -> Result<HttpResponse, Problem> {
    let waiting = open(state, organization, id);
    let Ok(opened) = tokio::time::timeout(PATIENCE, waiting).await else {
        let detail = "Ask again with the same Idempotency-Key.";
        return Err(Problem::new(Code::LoginServiceUnavailable).detail(detail));
    };
    let (mut tx, ticket, sealed) = opened?;
    let key = &state.config.secrets_key;
    let url = sso_ticket::open(key, organization, id, &sealed)
        .map_err(|unreadable| Problem::internal(&unreadable))?;
    let mut body = TicketBody::at(state.clock.now(), ticket);
    // What is kept for a repeat has no link: it is told once.
    attempt.finish(&mut tx, StatusCode::CREATED, &body).await?;
    tx.commit().await?;
    body.url = Some(url.expose_secret().to_owned());
    Ok(HttpResponse::Created().json(body))
}

async fn open(
    state: &AppState,
    organization: &OrganizationId,
    id: SsoTicketId,
) -> Result<(TenantTx, SsoTicket, Vec<u8>), Problem> {
    loop {
        let mut tx = state.store.tenant(&organization.clone().into()).await?;
        let ticket = tx.sso_ticket(id).await?.ok_or_else(Problem::not_found)?;
        match ticket.state.at(state.clock.now(), ticket.expires_at) {
            TicketState::Pending => {}
            TicketState::Open => {
                let sealed = ticket.sealed_ticket.clone().unwrap_or_default();
                return Ok((tx, ticket, sealed));
            }
            TicketState::Used
            | TicketState::Revoked
            | TicketState::Expired
            | TicketState::Failed => {
                let detail = ticket.failure.unwrap_or_else(|| "It is over.".to_owned());
                return Err(Problem::new(Code::Conflict).detail(detail));
            }
        }
        drop(tx);
        tokio::time::sleep(PAUSE).await;
    }
}
