//! The one organization write of a conversion, and the decision whose organization it is that we find under the name.

use std::collections::BTreeMap;

use domain::conversion::{ConversionStep, candidate_name};
use domain::{ConversionId, OrganizationId, OrganizationName, TenantId};
use management::{Class, EnabledConnection, NewOrganization, Organization};
use store::Conversion;

use super::{bought, first_admin, reach};
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
            None => create_or_find(context, individual, conversion).await?,
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
        next_candidate(context, individual, conversion).await?;
    }
}

/// Goes on to the next name that no other customer of ours holds; the wanted one was claimed when it was asked for.
async fn next_candidate(
    context: &Context,
    individual: &TenantId,
    conversion: &mut Conversion,
) -> Result<(), Failure> {
    loop {
        conversion.try_no += 1;
        if conversion.try_no >= MAX_NAMES {
            return Err(Failure::Park(
                "every candidate name belongs to somebody else".into(),
            ));
        }
        let name = candidate(conversion)?;
        conversion.updated_at = context.clock.now();
        let mut tx = context.store.tenant(individual).await?;
        if !tx.save_conversion(conversion).await? {
            return Err(Failure::FenceLost);
        }
        let is_free = tx.claim_organization_name(&name, conversion.id).await?;
        tx.commit().await?;
        if is_free {
            return Ok(());
        }
    }
}

/// Creates the organization under the present candidate name, or returns whatever stands under that name.
async fn create_or_find(
    context: &Context,
    individual: &TenantId,
    conversion: &Conversion,
) -> Result<Organization, Failure> {
    let name = candidate(conversion)?;
    let new = new_organization(context, individual, conversion, name.as_ref()).await?;
    match context.auth0.organizations().create(&new).await {
        Ok(organization) => Ok(organization),
        // A conflict says that the name is taken. A time-out or a 5xx says nothing: the organization may exist.
        Err(error) => match context.auth0.organizations().by_name(name.as_ref()).await? {
            Some(organization) => Ok(organization),
            // Whoever holds the name is not to be found yet, or no more: asking again will tell.
            None if error.class() == Class::Conflict => Err(Failure::Wait {
                after: None,
                reason: error.to_string(),
            }),
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
        .by_name(candidate(conversion)?.as_ref())
        .await?)
}

fn candidate(conversion: &Conversion) -> Result<OrganizationName, Failure> {
    let wanted = conversion
        .wanted_name
        .as_ref()
        .ok_or_else(|| Failure::Park("a named conversion has no name".into()))?;
    Ok(candidate_name(wanted, conversion.id, conversion.try_no))
}

async fn new_organization(
    context: &Context,
    individual: &TenantId,
    conversion: &Conversion,
    name: &str,
) -> Result<NewOrganization, Failure> {
    let claim = bought(conversion)?.claim(context.clock.now()).to_string();
    let mut metadata = operators_own(context, individual, conversion).await?;
    metadata.extend(marker::metadata(
        conversion.id,
        &context.config.environment,
        &claim,
    ));
    let connections = context.directory.organization_connections(context).await?;
    Ok(NewOrganization {
        name: name.to_owned(),
        display_name: conversion
            .display_name
            .as_ref()
            .map_or_else(|| name.to_owned(), ToString::to_string),
        metadata,
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

/// What the operator's own systems want to find there.
async fn operators_own(
    context: &Context,
    tenant: &TenantId,
    conversion: &Conversion,
) -> Result<BTreeMap<String, String>, Failure> {
    let creation = first_admin::asked_for(context, tenant, conversion).await?;
    Ok(creation
        .map(|creation| creation.metadata)
        .unwrap_or_default())
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
