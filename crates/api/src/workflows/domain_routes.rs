//! Which domains lead to which identity provider: what is lost is taken out everywhere, and what somebody else wrote
//! into a connection of ours at Auth0 is put right.

use chrono::{DateTime, Utc};
use domain::{DomainName, OrganizationId};
use management::{Class, ConnectionAliases};
use serde_json::json;
use store::{NewAuditEvent, StoreError, TenantTx};

use super::{Context, Failure, domain_proof, identity_provider, marker};
use crate::audit;
use crate::jobs::kind;

/// The domain is not the organization's any more: others may have it, and nobody is led here by it.
///
/// # Errors
/// The database failed.
pub(crate) async fn release(
    tx: &mut TenantTx,
    domain: &DomainName,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.leave_domain(domain).await?;
    if let Some(provider) = tx.unroute_domain(domain).await? {
        identity_provider::push(tx, &provider, now).await?;
    }
    identity_provider::push_assigning(tx, now).await?;
    domain_proof::follow(tx, domain, now).await
}

/// Compares the domains of every connection of ours, fifty by one read.
///
/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn reconcile(context: &Context) -> Result<(), Failure> {
    let connections = context.auth0.connections();
    let mut from: Option<String> = None;
    loop {
        let page = match connections.aliases_page(from.as_deref()).await {
            Ok(page) => page,
            Err(error) => match error.class() {
                Class::Retry { wait: Some(wait) } => {
                    tokio::time::sleep(wait).await;
                    continue;
                }
                Class::Retry { wait: None } | Class::Conflict | Class::Permanent => {
                    return Err(error.into());
                }
            },
        };
        for connection in &page.items {
            let environment = &context.config.environment;
            if let Some(organization) =
                marker::organization_of_connection(&connection.metadata, environment)
            {
                compare(context, &organization, connection).await?;
            }
        }
        from = page.next;
        if from.is_none() {
            return Ok(());
        }
    }
}

async fn compare(
    context: &Context,
    organization: &OrganizationId,
    found: &ConnectionAliases,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let Some(provider) = tx.identity_provider_of(&found.name).await? else {
        return Ok(());
    };
    let wanted = tx.identity_provider_domains(&provider.name).await?;
    let mut present = found.domain_aliases.clone();
    present.sort();
    let key = provider.name.as_ref();
    // What is on its way is no difference.
    let settling = std::time::Duration::ZERO;
    if present == wanted
        || tx
            .job_is_unsettled(kind::IDENTITY_PROVIDER, key, settling)
            .await?
    {
        return Ok(());
    }
    let now = context.clock.now();
    identity_provider::push(&mut tx, &provider.name, now).await?;
    let target = format!("identity_provider:{}", provider.name);
    let action = "identity_provider.domains_restored";
    let restored = NewAuditEvent {
        before: Some(json!({ "domains": present })),
        after: Some(json!({ "domains": wanted })),
        ..audit::by_system(kind::DOMAIN_ROUTES, action, target, now)
    };
    tx.insert_audit_event(&restored).await?;
    Ok(tx.commit().await?)
}
