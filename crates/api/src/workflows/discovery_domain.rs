//! Makes Auth0 find an organization by a domain that is its own, and not by one that is not. What is written is read
//! from the present row, never from the job, so runs in any order end the same.

use domain::{DomainName, DomainStatus, OrganizationId};
use management::Class;

use super::{Context, Failure};

/// # Errors
/// See [`Failure`]; running it again changes nothing that is done.
pub async fn follow(
    context: &Context,
    organization: &OrganizationId,
    name: &DomainName,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let domain = tx.domain_named(name).await?;
    drop(tx);
    let wanted = domain.is_some_and(|domain| domain.status == DomainStatus::Verified);
    let client = context.auth0.organizations();
    let (id, name) = (organization.as_ref(), name.as_ref());
    match (wanted, client.discovery_domain(id, name).await?) {
        (true, None) => match client.add_discovery_domain(id, name).await {
            // Whoever had it before is still being taken out, or a look-up lags behind what was written.
            Err(error) if error.class() == Class::Conflict => Err(Failure::Wait {
                after: None,
                reason: error.to_string(),
            }),
            added => Ok(added.map(drop)?),
        },
        (true, Some(found)) if found.is_in_use() => Ok(()),
        (true, Some(found)) => Ok(client.use_discovery_domain(id, &found.id).await.map(drop)?),
        (false, Some(found)) => Ok(client.delete_discovery_domain(id, &found.id).await?),
        (false, None) => Ok(()),
    }
}
