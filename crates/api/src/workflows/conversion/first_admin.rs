//! The end of a conversion that the back office began: nobody has bought the organization, so it starts without a
//! member and with an invitation for its first administrator.

use chrono::{DateTime, TimeDelta, Utc};
use domain::conversion::ConversionStep;
use domain::invitation::{IssueReason, State};
use domain::{Role, TenantId};
use serde_json::json;
use store::{
    Conversion, Invitation, NewAuditEvent, PlatformCreation, SubscriptionRecord, TenantTx,
};

use super::{bought, commit, grant, reach};
use crate::audit;
use crate::jobs::kind;
use crate::workflows::{Context, Failure};

/// None for a conversion that somebody paid.
pub(super) async fn asked_for(
    context: &Context,
    tenant: &TenantId,
    conversion: &Conversion,
) -> Result<Option<PlatformCreation>, Failure> {
    if conversion.person.client_id().is_none() {
        return Ok(None);
    }
    let mut tx = context.store.tenant(tenant).await?;
    Ok(tx.platform_creation(conversion.id).await?)
}

/// Nobody is a member yet.
pub(super) async fn pass(
    context: &Context,
    platform: &TenantId,
    conversion: &mut Conversion,
) -> Result<(), Failure> {
    reach(context, platform, conversion, ConversionStep::RoleSet).await
}

pub(super) async fn commit(
    context: &Context,
    platform: &TenantId,
    conversion: &mut Conversion,
    creation: &PlatformCreation,
) -> Result<(), Failure> {
    let organization = grant::organization(conversion)?.clone();
    let name = commit::name_given(context, &organization).await?;
    let now = context.clock.now();
    let mut tx = context.store.tenant(platform).await?;
    conversion.step = ConversionStep::Committed;
    conversion.updated_at = now;
    if !tx.save_conversion(conversion).await? {
        return Err(Failure::FenceLost);
    }
    let target = format!("organization:{organization}");
    let created = event(creation, "organization.created", target, now);
    tx.insert_audit_event(&created).await?;
    let customer = commit::customer(conversion, name, now)?;
    tx.move_individual_into(&organization, &customer).await?;
    found(context, &mut tx, conversion, creation, now).await?;
    Ok(tx.commit().await?)
}

/// The organization's side; the transaction is bound to it from here on.
async fn found(
    context: &Context,
    tx: &mut TenantTx,
    conversion: &Conversion,
    creation: &PlatformCreation,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let subscription = bought(conversion)?;
    let claim = subscription.claim(now).to_string();
    tx.save_subscription(&SubscriptionRecord::new(subscription))
        .await?;
    if let Some(reference) = &creation.external_reference {
        tx.set_external_reference(reference).await?;
    }
    let invitation = invitation(context, conversion, creation, now);
    tx.insert_invitation(&invitation).await?;
    tx.insert_invitation_issue(&invitation, IssueReason::Created, now)
        .await?;
    let payload = json!({ "invitation_id": invitation.id });
    let key = invitation.id.to_string();
    tx.enqueue(kind::INVITATION, &key, &payload, now).await?;
    let target = format!("organization:{}", tx.tenant());
    let created = NewAuditEvent {
        after: Some(json!({
            "subscription": claim,
            "terms": creation.terms,
            "external_reference": creation.external_reference,
        })),
        ..event(creation, "organization.created", target, now)
    };
    tx.insert_audit_event(&created).await?;
    let target = format!("invitation:{}", invitation.id);
    let invited = NewAuditEvent {
        after: Some(json!({ "email": invitation.email, "roles": invitation.roles })),
        ..event(creation, "invitation.created", target, now)
    };
    Ok(tx.insert_audit_event(&invited).await?)
}

fn invitation(
    context: &Context,
    conversion: &Conversion,
    creation: &PlatformCreation,
    now: DateTime<Utc>,
) -> Invitation {
    Invitation {
        id: creation.invitation,
        email: creation.admin_email.clone(),
        roles: vec![Role::OrgAdmin],
        inviter: conversion.person.clone(),
        inviter_name: context.config.service_name.to_string(),
        connection: None,
        locale: creation.admin_locale.clone(),
        send_email: creation.send_email,
        ttl_seconds: creation.ttl_seconds,
        expires_at: now + TimeDelta::seconds(i64::from(creation.ttl_seconds)),
        state: State::Pending,
        issue: 1,
        auth0_id: None,
        ticket_hash: None,
        sealed_link: None,
        vouched_for: None,
        stale_auth0_ids: Vec::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// In the name of the program that asked for it.
fn event(
    creation: &PlatformCreation,
    action: &str,
    target: String,
    now: DateTime<Utc>,
) -> NewAuditEvent {
    NewAuditEvent {
        request_id: creation.request_id.clone(),
        ..audit::by_client(&creation.client_id, action, target, now)
    }
}
