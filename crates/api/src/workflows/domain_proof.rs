//! Looks for the TXT record that proves a domain: when the organization asks, and again every month.

use chrono::{DateTime, Utc};
use domain::domain_claim::{Finding, Verdict, judge};
use domain::{DomainFailure, DomainId, DomainName, DomainStatus, OrganizationId};
use serde_json::json;
use store::{Domain, StoreError, TenantTx};

use super::domain_mail::News;
use super::{Context, Failure, domain_mail, domain_routes, identity_provider};
use crate::audit;
use crate::dns::Answer;
use crate::jobs::kind;

/// What the audit trail calls it.
const PROOF_MISSED: &str = "domain.proof_missed";
const LOST: &str = "domain.lost";

/// How often the DNS may fail to answer before that is the answer.
const PATIENCE: u32 = 4;

/// Proofs that are queued at a time; the rest stays due.
const BATCH: u32 = 500;

/// # Errors
/// See [`Failure`].
pub async fn run(
    context: &Context,
    organization: &OrganizationId,
    id: DomainId,
    attempts: u32,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let Some(domain) = tx.domain(id).await? else {
        return Ok(());
    };
    drop(tx);
    let finding = match context.dns.texts(&domain.name.challenge_host()).await {
        Answer::Texts(texts) if texts.contains(&domain.verification_txt) => Finding::Proved,
        Answer::Texts(_) | Answer::Absent => Finding::Absent,
        Answer::Unanswered(reason) if attempts < PATIENCE => {
            return Err(Failure::Wait {
                after: None,
                reason,
            });
        }
        Answer::Unanswered(_) => Finding::Unanswered,
    };
    settle(context, organization, id, finding).await
}

/// Queues the proofs that are due.
///
/// # Errors
/// The database failed.
pub async fn queue_due(context: &Context) -> Result<(), Failure> {
    let now = context.clock.now();
    for due in context.store.domains_to_check(now, BATCH).await? {
        let mut tx = context.store.tenant(&due.organization.into()).await?;
        let payload = json!({ "domain_id": due.id });
        tx.enqueue(kind::DOMAIN_PROOF, &due.id.to_string(), &payload, now)
            .await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Makes Auth0 find the organization by the domain, or not any more.
///
/// # Errors
/// The database failed.
pub(crate) async fn follow(
    tx: &mut TenantTx,
    name: &DomainName,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let payload = json!({ "domain": name.as_ref() });
    tx.enqueue(kind::DISCOVERY_DOMAIN, name.as_ref(), &payload, now)
        .await
}

async fn settle(
    context: &Context,
    organization: &OrganizationId,
    id: DomainId,
    finding: Finding,
) -> Result<(), Failure> {
    let now = context.clock.now();
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    // It may have been given up meanwhile.
    let Some(before) = tx.lock_domain(id).await? else {
        return Ok(());
    };
    let verdict = judge(before.status, before.warned_at, finding, now);
    let checked = Domain {
        checked_at: Some(now),
        ..before.clone()
    };
    let after = apply(&mut tx, checked, verdict, now).await?;
    tx.save_domain(&after).await?;
    if after.status == DomainStatus::Verified {
        follow(&mut tx, &after.name, now).await?;
    }
    if after.status == DomainStatus::Verified && before.status != after.status {
        identity_provider::push_assigning(&mut tx, now).await?;
    }
    if let Some(action) = news(&before, &after) {
        if let Some(news) = bad_news(action) {
            domain_mail::queue(&mut tx, &after, news, now).await?;
        }
        let target = format!("domain:{id}");
        let event = store::NewAuditEvent {
            before: Some(json!({ "status": before.status })),
            after: Some(json!({
                "domain": after.name.as_ref(), "status": after.status, "failure": after.failure,
            })),
            ..audit::by_system(kind::DOMAIN_PROOF, action, target, now)
        };
        tx.insert_audit_event(&event).await?;
    }
    Ok(tx.commit().await?)
}

/// What administrators hear of by mail, too, since nobody did anything here.
fn bad_news(action: &str) -> Option<News> {
    match action {
        PROOF_MISSED => Some(News::ProofMissed),
        LOST => Some(News::Lost),
        _ => None,
    }
}

async fn apply(
    tx: &mut TenantTx,
    domain: Domain,
    verdict: Verdict,
    now: DateTime<Utc>,
) -> Result<Domain, StoreError> {
    let (domain, failure) = match verdict {
        Verdict::Holds { check_at } => match tx.take_domain(&domain, check_at).await? {
            Some(obstacle) => (domain, DomainFailure::from(obstacle)),
            None => {
                return Ok(Domain {
                    status: DomainStatus::Verified,
                    failure: None,
                    verified_at: domain.verified_at.or(domain.checked_at),
                    warned_at: None,
                    ..domain
                });
            }
        },
        Verdict::Missed { since, check_at } => {
            tx.check_domain_at(&domain.name, check_at).await?;
            return Ok(Domain {
                warned_at: Some(since),
                ..domain
            });
        }
        Verdict::Lost => {
            domain_routes::release(tx, &domain.name, now).await?;
            (domain, DomainFailure::Lost)
        }
        Verdict::Fails(failure) => (domain, failure),
    };
    Ok(Domain {
        status: DomainStatus::Failed,
        failure: Some(failure),
        verified_at: None,
        warned_at: None,
        ..domain
    })
}

/// What the audit trail is told; a proof that is found again as expected is no news.
fn news(before: &Domain, after: &Domain) -> Option<&'static str> {
    match (before.status, after.status) {
        (DomainStatus::Verified, DomainStatus::Verified) => {
            match (before.warned_at, after.warned_at) {
                (None, Some(_)) => Some(PROOF_MISSED),
                (Some(_), None) => Some("domain.proof_found"),
                (None, None) | (Some(_), Some(_)) => None,
            }
        }
        (DomainStatus::Verified, DomainStatus::Pending | DomainStatus::Failed) => Some(LOST),
        (DomainStatus::Pending | DomainStatus::Failed, DomainStatus::Verified) => {
            Some("domain.verified")
        }
        (DomainStatus::Pending | DomainStatus::Failed, _) => Some("domain.not_verified"),
    }
}
