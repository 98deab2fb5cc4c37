//! The one organization write of a conversion, and the decision whose organization it is that we find under the name.

use domain::conversion::{ConversionStep, candidate_name};
use domain::{ConversionId, OrganizationId, TenantId};
use management::{EnabledConnection, NewOrganization, Organization};
use store::Conversion;

use super::{bought, reach, save};
use crate::workflows::{Context, Failure, marker};

/// So many foreign organizations may hold our candidate names before a person has to look.
const MAX_NAMES: u32 = 20;

pub(super) async fn run(
    context: &Context,
    individual: &TenantId,
    conversion: &mut Conversion,
    attempt: u32,
) -> Result<(), Failure> {
    // A second run of this step may find what the first one made; looking costs a read, a refused create costs one of
    // the scarce writes.
    let mut found = if attempt > 1 {
        under_candidate(context, conversion).await?
    } else {
        None
    };
    loop {
        let organization = match found.take() {
            Some(organization) => organization,
            None => create_or_find(context, conversion).await?,
        };
        if is_ours(context, &organization, conversion.id) {
            conversion.auth0_org_id = Some(parse(&organization)?);
            return reach(
                context,
                individual,
                conversion,
                ConversionStep::OrganizationCreated,
            )
            .await;
        }
        conversion.try_no += 1;
        if conversion.try_no >= MAX_NAMES {
            return Err(Failure::Park(
                "every candidate name belongs to somebody else".into(),
            ));
        }
        save(context, individual, conversion).await?;
    }
}

/// Creates the organization under the present candidate name, or returns whatever stands under that name.
async fn create_or_find(
    context: &Context,
    conversion: &Conversion,
) -> Result<Organization, Failure> {
    let name = candidate(conversion)?;
    let new = new_organization(context, conversion, &name).await?;
    match context.auth0.organizations().create(&new).await {
        Ok(organization) => Ok(organization),
        // A conflict says that the name is taken. A time-out or a 5xx says nothing: the organization may exist.
        Err(error) => match context.auth0.organizations().by_name(&name).await? {
            Some(organization) => Ok(organization),
            None => Err(error.into()),
        },
    }
}

async fn under_candidate(
    context: &Context,
    conversion: &Conversion,
) -> Result<Option<Organization>, Failure> {
    Ok(context
        .auth0
        .organizations()
        .by_name(&candidate(conversion)?)
        .await?)
}

fn candidate(conversion: &Conversion) -> Result<String, Failure> {
    let wanted = conversion
        .wanted_name
        .as_ref()
        .ok_or_else(|| Failure::Park("a named conversion has no name".into()))?;
    Ok(candidate_name(wanted, conversion.id, conversion.try_no).to_string())
}

async fn new_organization(
    context: &Context,
    conversion: &Conversion,
    name: &str,
) -> Result<NewOrganization, Failure> {
    let claim = bought(conversion)?.claim(context.clock.now()).to_string();
    let connections = context.directory.organization_connections(context).await?;
    Ok(NewOrganization {
        name: name.to_owned(),
        display_name: conversion
            .display_name
            .as_ref()
            .map_or_else(|| name.to_owned(), ToString::to_string),
        metadata: marker::metadata(conversion.id, &context.config.environment, &claim),
        enabled_connections: connections
            .into_iter()
            .map(|connection_id| EnabledConnection {
                connection_id,
                assign_membership_on_login: false,
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    })
}

/// Adopting by name alone would hand one customer's organization to another.
fn is_ours(context: &Context, organization: &Organization, id: ConversionId) -> bool {
    marker::conversion(&organization.metadata, &context.config.environment) == Some(id)
}

fn parse(organization: &Organization) -> Result<OrganizationId, Failure> {
    organization
        .id
        .clone()
        .try_into()
        .map_err(|_| Failure::Park("Auth0 answered an organization id of another shape".into()))
}
