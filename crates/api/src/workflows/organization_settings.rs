//! Makes the organization at Auth0 look as it does here. What is written is read from the present row, never from the
//! job, so writes in any order end the same; the metadata is not sent, so whatever is in it stays.

use domain::{Branding, OrganizationId};
use management::{Colors, OrganizationPatch};

use super::{Context, Failure};

pub async fn write(context: &Context, organization: &OrganizationId) -> Result<(), Failure> {
    let mut tx = context.store.tenant(&organization.clone().into()).await?;
    let Some(customer) = tx.customer().await? else {
        return Ok(());
    };
    drop(tx);
    let patch = OrganizationPatch {
        display_name: customer.display_name.map(Into::into),
        branding: Some(at_auth0(customer.branding)),
        ..OrganizationPatch::default()
    };
    let client = context.auth0.organizations();
    client.change(organization.as_ref(), &patch).await?;
    Ok(())
}

fn at_auth0(branding: Branding) -> management::Branding {
    management::Branding {
        logo_url: branding.logo_url.map(Into::into),
        colors: branding.colors.map(|colors| Colors {
            primary: colors.primary.into(),
            page_background: colors.page_background.into(),
        }),
    }
}
