//! What the mails to an organization's administrators have in common.

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::UserId;
use domain::invitation::name_in_mail;
use management::User;
use store::{StoreError, TenantTx};

use super::reminders::reachable;
use super::{Context, Failure};
use crate::mail::Mailer;

/// By whom somebody is written to. None where no mail is sent, or for whoever cannot be reached.
pub(super) async fn way_to<'a>(
    context: &'a Context,
    user: &UserId,
) -> Result<Option<(&'a Mailer, User)>, Failure> {
    let Some(mailer) = &context.mailer else {
        return Ok(None);
    };
    let recipient = reachable(context, user).await?;
    Ok(recipient.map(|recipient| (mailer, recipient)))
}

/// # Errors
/// The database failed.
pub(super) async fn organization_in_mail(tx: &mut TenantTx) -> Result<String, StoreError> {
    let organization = tx.customer().await?.and_then(|found| found.display_name);
    Ok(organization
        .and_then(|name| name_in_mail(name.as_ref()))
        .unwrap_or_else(|| "your organization".to_owned()))
}

pub(super) fn at_their_place(at: DateTime<Utc>, zone: Tz) -> String {
    let at = at.with_timezone(&zone);
    format!("{} ({zone})", at.format("%A, %-d %B %Y, %H:%M"))
}

/// The same for the same mail, and it tells nothing.
pub(super) fn message_id(kind: &str, named: &str) -> String {
    let hash = digest::digest(&digest::SHA256, named.as_bytes());
    let hex: String = hash.as_ref()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{kind}-{hex}")
}
