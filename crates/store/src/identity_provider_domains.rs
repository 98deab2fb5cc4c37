//! Which of the organization's domains leads to which of its identity providers at the login.

use domain::{DomainName, IdentityProviderKey, IdentityProviderName};

use crate::{IdentityProvider, StoreError, TenantTx, row};

impl TenantTx {
    /// [`StoreError::Taken`] when it leads to one already.
    pub async fn route_domain(
        &mut self,
        domain: &DomainName,
        provider: &IdentityProviderName,
    ) -> Result<(), StoreError> {
        let insert = self
            .statement(
                "insert into app.identity_provider_domains (org_id, identity_provider, domain) values ($1, $2, $3)",
            )
            .bind(provider.to_string())
            .bind(domain.to_string());
        self.execute(insert).await?;
        Ok(())
    }

    /// Where it led, if anywhere.
    pub async fn unroute_domain(
        &mut self,
        domain: &DomainName,
    ) -> Result<Option<IdentityProviderName>, StoreError> {
        let delete = self
            .statement(
                "delete from app.identity_provider_domains where org_id = $1 and domain = $2 returning identity_provider",
            )
            .bind(domain.to_string());
        let gone = self.fetch_optional(delete).await?;
        gone.map(|gone| row::parsed(&gone, "identity_provider"))
            .transpose()
    }

    /// The one that it leads to, if it is not on its way out.
    pub async fn identity_provider_for(
        &mut self,
        domain: &DomainName,
    ) -> Result<Option<IdentityProvider>, StoreError> {
        let route = self
            .statement(
                "select identity_provider from app.identity_provider_domains where org_id = $1 and domain = $2",
            )
            .bind(domain.to_string());
        let Some(found) = self.fetch_optional(route).await? else {
            return Ok(None);
        };
        let name: IdentityProviderName = row::parsed(&found, "identity_provider")?;
        self.identity_provider(&IdentityProviderKey::Name(name))
            .await
    }
}
