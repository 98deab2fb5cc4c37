//! What the mails to an organization's administrators have in common.

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::invitation::name_in_mail;
use store::{StoreError, TenantTx};

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
