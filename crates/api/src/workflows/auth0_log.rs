//! Reads Auth0's log, the only place that says how an invitation ended: `si`, accepted, or `fi`, used up by the wrong
//! account. An entry leads to a job of its organization; where the reading goes on is noted after the jobs are there, so
//! an entry may be read twice and is never passed over.

use domain::{Issuer, OrganizationId, TenantId, UserId};
use management::{Error, LogEntry};
use serde_json::json;
use store::LogPlace;

use super::spoiled_invitation::Spoiled;
use super::{Context, Failure};
use crate::jobs::kind;

/// Auth0 gives as many entries at once; fewer are the end of the log.
const FULL: usize = 100;

/// Pages in one run, so that a long log takes no more of the tenant's allowance than the next run may.
const PAGES: usize = 20;

/// # Errors
/// See [`Failure`]; the next run goes on where this one stopped.
pub async fn read(context: &Context) -> Result<(), Failure> {
    let issuer = context.config.auth0.issuer();
    let Some(mut place) = context.store.auth0_log_place(issuer).await? else {
        return begin(context, issuer).await;
    };
    for _ in 0..PAGES {
        let now = context.clock.now();
        let entries = match after(context, &place).await {
            Ok(entries) => entries,
            // Auth0 keeps entries for some days only.
            Err(Error::Refused {
                status: 400 | 404, ..
            }) => {
                tracing::error!(?place, "the log cannot be read on from here; begun anew");
                return begin(context, issuer).await;
            }
            Err(error) => return Err(error.into()),
        };
        for entry in &entries {
            tell(context, entry).await?;
        }
        if let Some(last) = entries.last() {
            place.log_id = Some(last.log_id.clone());
        }
        context.store.note_auth0_log(issuer, &place, now).await?;
        if entries.len() < FULL {
            break;
        }
    }
    Ok(())
}

/// What happened before the first reading is not looked at.
async fn begin(context: &Context, issuer: &Issuer) -> Result<(), Failure> {
    let now = context.clock.now();
    let newest = context.auth0.logs().newest().await?;
    let place = LogPlace {
        log_id: newest.map(|entry| entry.log_id),
    };
    Ok(context.store.note_auth0_log(issuer, &place, now).await?)
}

async fn after(context: &Context, place: &LogPlace) -> Result<Vec<LogEntry>, Error> {
    let logs = context.auth0.logs();
    match &place.log_id {
        Some(log_id) => logs.after(log_id).await,
        None => logs.oldest().await,
    }
}

/// Invitations that are not ours, or not the present issue, end without consequence.
async fn tell(context: &Context, entry: &LogEntry) -> Result<(), Failure> {
    let organization = parsed::<OrganizationId>(entry.organization_id.as_deref());
    let user_id = parsed::<UserId>(entry.user_id.as_deref());
    let (Some(organization), Some(auth0_id)) = (organization, &entry.invitation_id) else {
        return Ok(());
    };
    if !matches!(entry.kind.as_str(), "si" | "fi") {
        return Ok(());
    }
    let mut tx = context.store.tenant(&TenantId::from(organization)).await?;
    let now = context.clock.now();
    if !tx.may_be_invitation_at_auth0(auth0_id, now).await? {
        return Ok(());
    }
    match (entry.kind.as_str(), user_id) {
        ("si", Some(user_id)) => {
            let person = json!({ "issuer": context.config.auth0.issuer(), "user_id": user_id });
            tx.enqueue(kind::MEMBERSHIP_PULL, user_id.as_ref(), &person, now)
                .await?;
        }
        ("fi", user_id) => {
            let spoiled = json!(Spoiled {
                auth0_id: auth0_id.clone(),
                user_id,
                connection: entry.connection.clone(),
            });
            tx.enqueue(kind::SPOILED_INVITATION, auth0_id, &spoiled, now)
                .await?;
        }
        _ => {}
    }
    Ok(tx.commit().await?)
}

fn parsed<T: std::str::FromStr>(text: Option<&str>) -> Option<T> {
    text?.parse().ok()
}
