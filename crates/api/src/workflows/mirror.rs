//! Keeps our copy of who belongs to which organization the same as Auth0's, whatever changed there without us.
//!
//! An event is a hint: the member is read again from Auth0, so events may come twice, late or in any order. What no
//! event told is found by [`reconcile`].

mod account;
pub mod directory_groups;
mod joiner;
mod member;
mod organization;
pub(super) mod pace;
mod person;
pub mod reconcile;
mod regroup;

use chrono::{DateTime, Utc};
use domain::{OrganizationId, TenantId, UserId};
use serde_json::Value;
use store::{Provider, WebhookState};

use super::{Context, Failure};
use crate::jobs::kind;

/// The events that change anything here.
pub const EVENT_TYPES: [&str; 12] = [
    "group.deleted",
    "group.member.added",
    "group.member.deleted",
    "group.updated",
    "organization.member.added",
    "organization.member.deleted",
    "organization.member.role.assigned",
    "organization.member.role.deleted",
    "organization.deleted",
    "user.created",
    "user.updated",
    "user.deleted",
];

/// Whose word it is in the audit trail.
#[derive(Debug, Clone, Copy)]
enum Cause {
    Event,
    Reconciliation,
}

impl Cause {
    fn job(self) -> &'static str {
        match self {
            Self::Event => kind::AUTH0_EVENT,
            Self::Reconciliation => kind::RECONCILE,
        }
    }
}

/// Applies one event of the inbox and notes there what became of it. `attempt` counts from 1.
///
/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn event(context: &Context, event_id: &str, attempt: u32) -> Result<(), Failure> {
    let Some(stored) = context.store.webhook(Provider::Auth0, event_id).await? else {
        return Err(Failure::Park(format!(
            "event {event_id} is not in the inbox"
        )));
    };
    let object = &stored.webhook.body["data"]["object"];
    let ignored = consider(context, &stored.webhook.kind, object, attempt).await?;
    let state = match ignored {
        None => {
            note_applied(context, object, stored.received_at).await?;
            WebhookState::Done
        }
        Some(_) => WebhookState::Ignored,
    };
    Ok(context
        .store
        .mark_webhook(Provider::Auth0, event_id, state, ignored)
        .await?)
}

/// Each organization that the event concerns knows how far behind it is.
async fn note_applied(
    context: &Context,
    object: &Value,
    received: DateTime<Utc>,
) -> Result<(), Failure> {
    let user = parsed(&object["user_id"]).or_else(|| parsed(&object["member"]["id"]));
    let organizations = match user {
        Some(user) => {
            let person = member::person(context, user);
            context.store.organizations_of_person(&person).await?
        }
        None => parsed(&object["organization"]["id"]).into_iter().collect(),
    };
    for organization in organizations {
        let mut tx = context.store.tenant(&TenantId::from(organization)).await?;
        tx.note_event_applied(received, context.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Why nothing was done, if nothing was.
async fn consider(
    context: &Context,
    kind: &str,
    object: &Value,
    attempt: u32,
) -> Result<Option<&'static str>, Failure> {
    match kind {
        "organization.member.added"
        | "organization.member.deleted"
        | "organization.member.role.assigned"
        | "organization.member.role.deleted" => {
            let organization = parsed::<OrganizationId>(&object["organization"]["id"]);
            let user = parsed::<UserId>(&object["user"]["user_id"]);
            match (organization, user) {
                (Some(organization), Some(user)) => {
                    member::told(context, &organization, &user, attempt).await
                }
                _ => Ok(Some("it names no member")),
            }
        }
        "user.updated" | "user.deleted" => match parsed::<UserId>(&object["user_id"]) {
            Some(user) if kind == "user.deleted" => person::gone(context, user, attempt).await,
            Some(user) => {
                let blocked = object["blocked"] == true;
                person::told(context, user, blocked, attempt).await
            }
            None => Ok(Some("it names no user")),
        },
        "user.created" => match parsed::<UserId>(&object["user_id"]) {
            Some(user) => joiner::told(context, user, object, attempt).await,
            None => Ok(Some("it names no user")),
        },
        // A group in a group is not looked through: its members' groups are those that they are in themselves.
        "group.member.added" | "group.member.deleted" => {
            match parsed::<UserId>(&object["member"]["id"]) {
                Some(user) => person::told(context, user, false, attempt).await,
                None => Ok(Some("it names no user")),
            }
        }
        "group.updated" | "group.deleted" => directory_groups::told(context, object).await,
        "organization.deleted" => match parsed::<OrganizationId>(&object["id"]) {
            Some(organization) => organization::missed(context, &organization, Cause::Event).await,
            None => Ok(Some("it names no organization")),
        },
        // Names and branding are changed here and written there.
        "organization.created" | "organization.updated" => Ok(Some("nothing here depends on it")),
        _ => Ok(Some("this version knows no such event")),
    }
}

fn parsed<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}
