//! The local end of a conversion: the customer, its subscription, its first member and the audit trail come into being
//! in one transaction, together with whatever the individual made during the trial.

use chrono::{DateTime, Utc};
use domain::member::JoinedBy;
use domain::{ConversionStep, OrganizationId, OrganizationName, Role, TenantId};
use management::User;
use serde_json::json;
use store::{Conversion, Membership, NewCustomer, SubscriptionRecord, TenantTx};

use super::bought;
use super::grant::organization;
use crate::audit;
use crate::jobs::kind;
use crate::workflows::payment::{end_personal_plan, release_individual};
use crate::workflows::{Context, Failure};

pub(super) async fn run(
    context: &Context,
    individual: &TenantId,
    conversion: &mut Conversion,
) -> Result<(), Failure> {
    let organization = organization(conversion)?.clone();
    let buyer = context
        .auth0
        .users()
        .show(conversion.person.user_id.as_ref())
        .await?;
    let buyer = buyer.ok_or_else(|| Failure::Park("the buyer's account is gone".into()))?;
    let name = name_given(context, &organization).await?;
    let now = context.clock.now();
    let mut tx = context.store.tenant(individual).await?;
    // The subscription before the conversion, as a payment locks them: the other way round they would deadlock.
    release_individual(&mut tx, conversion.id, now).await?;
    end_personal_plan(&mut tx, conversion, now).await?;
    conversion.step = ConversionStep::Committed;
    conversion.updated_at = now;
    if !tx.save_conversion(conversion).await? {
        return Err(Failure::FenceLost);
    }
    let target = format!("conversion:{}", conversion.id);
    tx.insert_audit_event(&audit::by_system(
        kind::CONVERSION,
        "conversion.committed",
        target,
        now,
    ))
    .await?;
    let customer = customer(conversion, name, now)?;
    tx.move_individual_into(&organization, &customer).await?;
    found(&mut tx, conversion, buyer, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The name that Auth0 gave, which need not be the wanted one.
pub(super) async fn name_given(
    context: &Context,
    organization: &OrganizationId,
) -> Result<OrganizationName, Failure> {
    let created = context
        .auth0
        .organizations()
        .show(organization.as_ref())
        .await?;
    let created = created.ok_or_else(|| Failure::Park("the organization is gone".into()))?;
    OrganizationName::imported(created.name).map_err(|error| Failure::Park(error.to_string()))
}

pub(super) fn customer(
    conversion: &Conversion,
    name: OrganizationName,
    now: DateTime<Utc>,
) -> Result<NewCustomer, Failure> {
    let display_name = match &conversion.display_name {
        Some(display_name) => display_name.clone(),
        None => name
            .to_string()
            .try_into()
            .map_err(|_| Failure::Park("the organization has no display name".into()))?,
    };
    Ok(NewCustomer {
        name,
        display_name,
        conversion: Some(conversion.id),
        created_at: now,
    })
}

/// The organization's side; the transaction is bound to it from here on.
async fn found(
    tx: &mut TenantTx,
    conversion: &Conversion,
    buyer: User,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    tx.save_membership(&Membership {
        person: conversion.person.clone(),
        roles: vec![Role::OrgAdmin],
        email: buyer.email,
        name: buyer.name,
        picture: buyer.picture,
        connection: buyer
            .identities
            .into_iter()
            .next()
            .map(|identity| identity.connection),
        joined_at: now,
        last_seen_at: None,
    })
    .await?;
    tx.note_joined(&conversion.person.user_id, JoinedBy::Purchase)
        .await?;
    let mut record = SubscriptionRecord::new(bought(conversion)?);
    record.stripe_customer_id = conversion.stripe_customer_id.clone();
    record.stripe_subscription_id = conversion.stripe_subscription_id.clone();
    record.stripe_price = Some(conversion.lookup_key.clone());
    tx.save_subscription(&record).await?;
    if let Some(subscription) = &conversion.stripe_subscription_id {
        // What happened to it before it had an organization to happen to, such as its cancellation.
        let key = format!("{}:{subscription}", kind::STRIPE_SUBSCRIPTION);
        let payload = json!({ "subscription_id": subscription });
        tx.enqueue(kind::STRIPE_SUBSCRIPTION, &key, &payload, now)
            .await?;
    }
    let target = format!("organization:{}", tx.tenant());
    let mut event = audit::by_system(kind::CONVERSION, "organization.created", target, now);
    event.after = Some(json!({
        "conversion": conversion.id,
        "owner": conversion.person.user_id,
        "subscription": record.subscription.claim(now).to_string(),
    }));
    tx.insert_audit_event(&event).await?;
    Ok(())
}
