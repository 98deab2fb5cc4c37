//! Makes Auth0 have of an invitation what our row says: exactly one while it is pending, none otherwise.

use aws_lc_rs::digest::{SHA256, digest};
use domain::invitation::{State, Status, TicketHash, Why};
use domain::{InvitationId, TenantId, identity_provider};
use futures::TryStreamExt;
use management::{Error, Invitee, Inviter, NewInvitation};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use store::{Invitation, NewAuditEvent};

use super::{Context, Failure};
use crate::audit;
use crate::jobs::kind;
use crate::sealing::{SealingKey, Unreadable};

/// Where the id of the invitation travels. Auth0 merges it into the user's `app_metadata`, at the first level only: the
/// second key keeps those of several organizations apart.
const CORRELATION: &str = "invitation";

fn correlation_in(organization: &TenantId) -> String {
    format!("{CORRELATION}:{organization}")
}

/// What an invitation leaves on the user who accepts it.
pub(super) fn correlation(organization: &TenantId, id: InvitationId) -> Map<String, Value> {
    let keys = [CORRELATION.to_owned(), correlation_in(organization)];
    Map::from_iter(keys.map(|key| (key, json!(id))))
}

/// The invitation that a user's `app_metadata` names for this organization.
pub(super) fn correlated(
    app_metadata: &Map<String, Value>,
    organization: &TenantId,
) -> Option<InvitationId> {
    let named = app_metadata
        .get(&correlation_in(organization))
        .or_else(|| app_metadata.get(CORRELATION));
    named?.as_str()?.parse().ok()
}

/// `attempt` counts from 1; a later one may find in Auth0 what an earlier one made.
///
/// # Errors
/// See [`Failure`]; the next run goes on from whatever this one left.
pub async fn deliver(
    context: &Context,
    organization: &TenantId,
    id: InvitationId,
    attempt: u32,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(organization).await?;
    let Some(mut invitation) = tx.invitation(id).await? else {
        return Ok(());
    };
    drop(tx);
    let wanted = invitation.status(context.clock.now()) == Status::Pending;
    if wanted && invitation.auth0_id.is_some() && invitation.stale_auth0_ids.is_empty() {
        return Ok(());
    }
    // The first run of a new invitation knows that there is none; afterwards an answer may have been lost.
    let first = attempt == 1 && invitation.version == 1;
    let listed = if first {
        Vec::new()
    } else {
        listed(context, organization, id).await?
    };
    let stale = &invitation.stale_auth0_ids;
    let (mut adopted, mut unwanted) = (None, stale.clone());
    for theirs in listed {
        if wanted && adopted.is_none() && !stale.contains(&theirs.id) {
            adopted = Some(theirs);
        } else {
            unwanted.push(theirs.id);
        }
    }
    unwanted.extend(invitation.auth0_id.clone().filter(|_| !wanted));
    for unwanted in &unwanted {
        delete(context, organization, unwanted).await?;
    }
    let theirs = match (wanted, adopted) {
        (true, Some(adopted)) => Some(adopted),
        (true, None) => match create(context, organization, &invitation).await? {
            Ok(created) => Some(created),
            Err(why) => return fail(context, organization, invitation, why).await,
        },
        (false, _) => None,
    };
    invitation.ticket_hash = theirs.as_ref().map(|theirs| theirs.ticket);
    invitation.sealed_link = match &theirs {
        Some(theirs) if !invitation.send_email => {
            Some(seal(context, organization, &invitation, theirs)?)
        }
        Some(_) | None => None,
    };
    invitation.auth0_id = theirs.map(|theirs| theirs.id);
    invitation.stale_auth0_ids = Vec::new();
    save(context, organization, &invitation, None).await
}

/// One of ours as Auth0 has it.
struct Theirs {
    id: String,
    ticket: TicketHash,
    link: SecretString,
}

/// The ticket lets anybody accept it, so it ends here.
impl From<management::Invitation> for Theirs {
    fn from(invitation: management::Invitation) -> Self {
        Self {
            id: invitation.id,
            ticket: ticket_hash(invitation.ticket_id.expose_secret()),
            link: invitation.invitation_url,
        }
    }
}

/// Nobody mails it, so it is kept until whoever does has asked for it.
fn seal(
    context: &Context,
    organization: &TenantId,
    invitation: &Invitation,
    theirs: &Theirs,
) -> Result<Vec<u8>, Failure> {
    let id = invitation.id.to_string();
    let link = theirs.link.expose_secret().as_bytes();
    let key = &context.config.secrets_key;
    key.seal(&place(organization, &id), link)
        .map_err(|_| Failure::Park("the link cannot be sealed".into()))
}

/// The link of an invitation that nobody mails.
///
/// # Errors
/// It was sealed with another key.
pub(crate) fn open(
    key: &SealingKey,
    organization: &TenantId,
    id: InvitationId,
    sealed: &[u8],
) -> Result<SecretString, Unreadable> {
    let id = id.to_string();
    key.open_text(&place(organization, &id), sealed)
}

fn place<'a>(organization: &'a TenantId, id: &'a str) -> [&'a str; 3] {
    ["invitation_link", organization.as_str(), id]
}

/// The ticket is 32 random letters and digits, so a plain hash gives nothing away.
pub fn ticket_hash(ticket: &str) -> TicketHash {
    let hash = digest(&SHA256, ticket.as_bytes());
    let hash: [u8; 32] = hash.as_ref().try_into().expect("SHA-256 has 32 bytes");
    hash.into()
}

/// Those that carry our id.
async fn listed(
    context: &Context,
    organization: &TenantId,
    id: InvitationId,
) -> Result<Vec<Theirs>, Failure> {
    let mut theirs = context
        .auth0
        .organizations()
        .invitations(organization.as_str());
    let mut ours = Vec::new();
    while let Some(theirs) = theirs.try_next().await? {
        if correlated(&theirs.app_metadata, organization) == Some(id) {
            ours.push(theirs.into());
        }
    }
    Ok(ours)
}

async fn delete(context: &Context, organization: &TenantId, auth0_id: &str) -> Result<(), Failure> {
    let organizations = context.auth0.organizations();
    organizations
        .delete_invitation(organization.as_str(), auth0_id)
        .await?;
    Ok(())
}

async fn create(
    context: &Context,
    organization: &TenantId,
    invitation: &Invitation,
) -> Result<Result<Theirs, Why>, Failure> {
    let connection_id = match &invitation.connection {
        None => None,
        Some(name) => match context.auth0.connections().by_name(name).await? {
            Some(connection) => Some(connection.id),
            None => return Ok(Err(Why::UnknownConnection)),
        },
    };
    let new = new_invitation(context, organization, invitation, connection_id).await?;
    let organizations = context.auth0.organizations();
    match organizations
        .create_invitation(organization.as_str(), &new)
        .await
    {
        Ok(created) => Ok(Ok(created.into())),
        Err(Error::Refused {
            status: 400,
            message,
            ..
        }) => {
            tracing::warn!(invitation = %invitation.id, message, "Auth0 refused an invitation");
            // Another customer's connection must look like one that nobody has.
            let is_bound = invitation.connection.as_deref();
            Ok(Err(
                match is_bound.is_some_and(|name| !is_own(organization, name)) {
                    true => Why::UnknownConnection,
                    false => Why::Refused,
                },
            ))
        }
        Err(error) => Err(error.into()),
    }
}

fn is_own(organization: &TenantId, connection: &str) -> bool {
    identity_provider::organization_of(connection)
        .is_some_and(|owner| TenantId::from(owner) == *organization)
}

async fn new_invitation(
    context: &Context,
    organization: &TenantId,
    invitation: &Invitation,
    connection_id: Option<String>,
) -> Result<NewInvitation, Failure> {
    let mut roles = Vec::new();
    for role in &invitation.roles {
        roles.push(context.directory.role(context, *role).await?);
    }
    // Never later than ours.
    let left = (invitation.expires_at - context.clock.now()).num_seconds();
    Ok(NewInvitation {
        inviter: Inviter {
            name: invitation.inviter_name.clone(),
        },
        invitee: Invitee {
            email: invitation.email.to_string(),
        },
        client_id: context.config.auth0.console_client_id.clone(),
        connection_id,
        roles,
        app_metadata: correlation(organization, invitation.id),
        user_metadata: Map::from_iter(
            invitation
                .locale
                .iter()
                .map(|locale| ("lang".to_owned(), json!(locale))),
        ),
        ttl_sec: Some(u32::try_from(left).unwrap_or(0).max(1)),
        send_invitation_email: invitation.send_email,
    })
}

async fn fail(
    context: &Context,
    tenant: &TenantId,
    mut invitation: Invitation,
    why: Why,
) -> Result<(), Failure> {
    let at = context.clock.now();
    invitation.state = State::Failed { why, at };
    invitation.auth0_id = None;
    invitation.ticket_hash = None;
    invitation.sealed_link = None;
    invitation.stale_auth0_ids = Vec::new();
    let target = format!("invitation:{}", invitation.id);
    let failed = NewAuditEvent {
        after: Some(json!({ "state": "failed", "failure": why })),
        ..audit::by_system(kind::INVITATION, "invitation.failed", target, at)
    };
    save(context, tenant, &invitation, Some(failed)).await
}

/// Unless it was changed since it was read: then the job looks again at what is wanted.
async fn save(
    context: &Context,
    tenant: &TenantId,
    invitation: &Invitation,
    event: Option<NewAuditEvent>,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    if !tx.save_invitation(invitation).await? {
        return Err(Failure::FenceLost);
    }
    if let Some(event) = event {
        tx.insert_audit_event(&event).await?;
    }
    tx.commit().await?;
    Ok(())
}
