//! Every administrator hears by mail that the proof of a domain is missing, and that the domain is lost: one job for each,
//! queued in the transaction that found it. At least once, with a `Message-ID` that a repeat has again, and not at all
//! when it does not hold any more.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::domain_claim::lost_at;
use domain::{DomainId, DomainStatus, Role, TenantId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Domain, StoreError, TenantTx};

use super::mailing::{at_their_place, message_id, organization_in_mail, way_to};
use super::reminders::zone;
use super::{Context, Failure};
use crate::jobs::kind;
use crate::mail::Letter;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    ProofMissed,
    Lost,
}

/// Payload of a mail's job.
#[derive(Debug, Serialize, Deserialize)]
pub struct Mailing {
    to: UserId,
    domain_id: DomainId,
    news: News,
    at: DateTime<Utc>,
}

/// Queues one for everybody who is an administrator now; the caller commits.
///
/// # Errors
/// The database failed.
pub(super) async fn queue(
    tx: &mut TenantTx,
    domain: &Domain,
    news: News,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    for admin in tx.people_with_roles(&[Role::OrgAdmin]).await? {
        let mailing = Mailing {
            to: admin.user_id,
            domain_id: domain.id,
            news,
            at,
        };
        tx.enqueue(kind::DOMAIN_MAIL, &mailing.name(), &json!(mailing), at)
            .await?;
    }
    Ok(())
}

/// # Errors
/// See [`Failure`].
pub async fn send(context: &Context, tenant: &TenantId, mailing: &Mailing) -> Result<(), Failure> {
    let Some((mailer, recipient)) = way_to(context, &mailing.to).await? else {
        return Ok(());
    };
    let mut tx = context.store.tenant(tenant).await?;
    let domain = tx.domain(mailing.domain_id).await?;
    let Some(domain) = domain.filter(|domain| mailing.still_holds(domain)) else {
        return Ok(());
    };
    let organization = organization_in_mail(&mut tx).await?;
    drop(tx);
    let (subject, text) = mailing.words(&domain, &organization, zone(&recipient));
    let service = &context.config.service_name;
    let url = &context.config.http.app_login_url;
    let letter = Letter {
        to: recipient.email.unwrap_or_default(),
        subject: format!("{service}: {organization}: {subject}"),
        text: format!("Hello,\n\n{text}\n\n{url}\n\n{service}\n"),
        id: message_id("domain", &format!("{tenant}\n{}", mailing.name())),
    };
    Ok(mailer.send(&letter, context.clock.now()).await?)
}

impl Mailing {
    /// One for each domain, news and administrator.
    fn name(&self) -> String {
        let at = self.at.timestamp_micros();
        format!("{}:{:?}:{at}:{}", self.domain_id, self.news, self.to)
    }

    /// The record may be back, and the domain proved anew.
    fn still_holds(&self, domain: &Domain) -> bool {
        match self.news {
            News::ProofMissed => domain.warned_at.is_some(),
            News::Lost => domain.status == DomainStatus::Failed,
        }
    }

    /// The subject, and what is said.
    fn words(&self, domain: &Domain, organization: &str, zone: Tz) -> (String, String) {
        let name = domain.name.as_ref();
        let record = format!(
            "Name: {}\nValue: {}",
            domain.name.challenge_host(),
            domain.verification_txt
        );
        match self.news {
            News::ProofMissed => {
                let since = domain.warned_at.unwrap_or(self.at);
                let text = format!(
                    "The TXT record that proves that {name} belongs to {organization} was not found on {}. Nothing \
                     changes until {}; if it is not there by then, the domain is lost: its addresses lead to \
                     {organization} no more, and others may claim it.\n\n{record}\n\nIt is looked for every day. Once \
                     it is found, you need do nothing more.",
                    at_their_place(since, zone),
                    at_their_place(lost_at(since), zone),
                );
                (format!("the proof of {name} is missing"), text)
            }
            News::Lost => {
                let text = format!(
                    "{name} does not belong to {organization} here any more, since {}: the TXT record that proves it \
                     was not found again. Its addresses lead to {organization} no more, and others may claim it. \
                     Members stay members.\n\n{record}\n\nTo have it back, publish that record and have the domain \
                     verified.",
                    at_their_place(self.at, zone),
                );
                (format!("{name} is lost"), text)
            }
        }
    }
}
