//! Every administrator hears by mail that one of them was let in past the identity provider: one job for each, queued
//! in the transaction that lets them in. At least once, with a `Message-ID` that a repeat has again.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::invitation::{InviteeEmail, name_in_mail};
use domain::{Role, TenantId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{BrokenGlass, Membership, StoreError, TenantTx};

use super::mailing::{at_their_place, message_id, organization_in_mail, way_to};
use super::reminders::zone;
use super::{Context, Failure};
use crate::jobs::kind;
use crate::mail::Letter;

/// Payload of a mail's job.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mailing {
    /// Whom it goes to.
    to: UserId,
    /// Who was let in.
    user_id: UserId,
    /// Whether a program of the operator's did that for them.
    by_support: bool,
    reason: String,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// Queues one for everybody who is an administrator now; the caller commits.
///
/// # Errors
/// The database failed.
pub async fn queue(tx: &mut TenantTx, broken: &BrokenGlass) -> Result<(), StoreError> {
    let by_support = broken.opened_by != broken.user.as_ref();
    for admin in tx.people_with_roles(&[Role::OrgAdmin]).await? {
        let key = format!(
            "{}:{}:{}",
            broken.user,
            broken.opened_at.timestamp_micros(),
            admin.user_id
        );
        let payload = json!(Mailing {
            to: admin.user_id,
            user_id: broken.user.clone(),
            by_support,
            reason: broken.reason.clone(),
            at: broken.opened_at,
            until: broken.until,
        });
        tx.enqueue(kind::GLASS_MAIL, &key, &payload, broken.opened_at)
            .await?;
    }
    Ok(())
}

/// Sends one, at night too: it may be somebody who should not be in.
///
/// # Errors
/// See [`Failure`].
pub async fn send(context: &Context, tenant: &TenantId, mailing: &Mailing) -> Result<(), Failure> {
    let Some((mailer, recipient)) = way_to(context, &mailing.to).await? else {
        return Ok(());
    };
    let mut tx = context.store.tenant(tenant).await?;
    let organization = organization_in_mail(&mut tx).await?;
    let member = tx.membership(&mailing.user_id).await?;
    drop(tx);
    let who = member
        .and_then(called)
        .unwrap_or_else(|| mailing.user_id.to_string());
    let zone = zone(&recipient);
    let letter = Letter {
        to: recipient.email.unwrap_or_default(),
        subject: format!(
            "{}: {organization}: somebody came in past single sign-on",
            context.config.service_name
        ),
        text: mailing.text(&who, &organization, zone, context),
        id: mailing.id(tenant),
    };
    Ok(mailer.send(&letter, context.clock.now()).await?)
}

/// As a mail may say it: what an identity provider tells of somebody may be anything.
fn called(member: Membership) -> Option<String> {
    let email = member
        .email
        .and_then(|email| InviteeEmail::try_from(email).ok());
    let name = member.name.as_deref().and_then(name_in_mail);
    email.map(String::from).or(name)
}

impl Mailing {
    fn text(&self, who: &str, organization: &str, zone: Tz, context: &Context) -> String {
        let how = if self.by_support {
            format!("{who} was let into {organization} by our support")
        } else {
            format!("{who} came into {organization}")
        };
        let (service, url) = (
            &context.config.service_name,
            &context.config.http.app_login_url,
        );
        format!(
            "Hello,\n\n{how} without its identity provider, on {}. It lasts until {}.\n\nThe reason that was given: \
             {}\n\nIf you did not expect this, look at the audit trail and at who the administrators are.\n\n{url}\n\n\
             {service}\n",
            at_their_place(self.at, zone),
            at_their_place(self.until, zone),
            self.reason,
        )
    }

    /// The same for the same mail, and it tells nothing.
    fn id(&self, tenant: &TenantId) -> String {
        let named = format!(
            "{tenant}\n{}\n{}\n{}",
            self.user_id,
            self.at.timestamp_micros(),
            self.to
        );
        message_id("glass", &named)
    }
}
