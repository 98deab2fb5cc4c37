//! What a login had as a tenant of its own before it was linked: copied into the main account's, then erased.

use chrono::{DateTime, Utc};
use domain::conversion::ConversionStep;
use domain::{Person, TenantId};
use serde_json::json;
use store::{Page, Project, StoreError, SubscriptionRecord, TenantTx};

use crate::jobs::kind;
use crate::workflows::{Context, Failure};

/// Rows read at a time.
const PAGE: u32 = 200;

async fn open(context: &Context, person: &Person) -> Result<Option<TenantTx>, Failure> {
    let Some(own) = context.store.individual_of(person).await? else {
        return Ok(None);
    };
    Ok(Some(context.store.tenant(&TenantId::from(own)).await?))
}

/// Whether it pays, or has paid and waits for what it bought.
pub(super) async fn has_plan(context: &Context, person: &Person) -> Result<bool, Failure> {
    match open(context, person).await? {
        Some(mut tx) => Ok(pays(&mut tx, context.clock.now()).await?),
        None => Ok(false),
    }
}

/// Nothing that is paid may be lost with the tenant that paid it.
///
/// # Errors
/// The database failed.
pub(crate) async fn pays(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let record = tx.subscription().await?;
    let is_paid = |record: &SubscriptionRecord| {
        record.subscription.term().is_some() && record.subscription.is_live(now)
    };
    if record.as_ref().is_some_and(is_paid) {
        return Ok(true);
    }
    let mut page = Page::first(PAGE);
    loop {
        let found = tx.conversions(&page).await?;
        page.after = found.items.last().map(|last| last.id);
        if found.items.iter().any(|found| is_paid_for(found.step)) {
            return Ok(true);
        }
        if !found.more {
            return Ok(false);
        }
    }
}

fn is_paid_for(step: ConversionStep) -> bool {
    match step {
        ConversionStep::Paid
        | ConversionStep::Named
        | ConversionStep::OrganizationCreated
        | ConversionStep::MemberAdded
        | ConversionStep::RoleSet
        | ConversionStep::Committed
        | ConversionStep::Cancelling
        | ConversionStep::Parked => true,
        // An open payment page is closed, and the money goes back, with the tenant.
        ConversionStep::Requested | ConversionStep::Done | ConversionStep::Cancelled => false,
    }
}

pub(super) async fn projects(context: &Context, person: &Person) -> Result<Vec<Project>, Failure> {
    let Some(mut tx) = open(context, person).await? else {
        return Ok(Vec::new());
    };
    let (mut page, mut projects) = (Page::first(PAGE), Vec::new());
    loop {
        let found = tx.projects(&page).await?;
        page.after = found.items.last().map(|last| last.id);
        projects.extend(found.items);
        if !found.more {
            return Ok(projects);
        }
    }
}

/// Once everything is in the main account's tenant.
pub(super) async fn close(context: &Context, person: &Person) -> Result<(), Failure> {
    let Some(mut tx) = open(context, person).await? else {
        return Ok(());
    };
    let now = context.clock.now();
    tx.close_linked_person(person, now).await?;
    tx.enqueue(kind::DELETION, kind::DELETION, &json!({}), now)
        .await?;
    Ok(tx.commit().await?)
}
