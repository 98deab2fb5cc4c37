//! Takes over organizations that Auth0 had before us, with their members and roles. Each is done on its own and noted,
//! so that a run that broke off goes on with the next; the mirror keeps what came of it.

mod organization;

use domain::import::{Outcome, Why};
use domain::{ImportId, OrganizationId, TenantId};
use store::{ImportItem, PlatformImport};

use super::mirror::pace::Pace;
use super::{Context, Failure};

/// Organizations looked up at a time.
const BATCH: u32 = 20;

/// # Errors
/// See [`Failure`]; the next run goes on where this one stopped.
pub async fn run(context: &Context, platform: &TenantId, id: ImportId) -> Result<(), Failure> {
    let mut tx = context.store.tenant(platform).await?;
    let Some(import) = tx.platform_import(id).await? else {
        return Ok(());
    };
    drop(tx);
    if import.done_at.is_some() {
        return Ok(());
    }
    let mut pace = Pace::new(context.config.worker.reconcile_reads_per_minute);
    if !import.listed {
        list(context, &mut pace, platform, &import).await?;
    }
    loop {
        let mut tx = context.store.tenant(platform).await?;
        let pending = tx.pending_import_items(id, BATCH).await?;
        drop(tx);
        if pending.is_empty() {
            break;
        }
        for organization in pending {
            let item = one(context, &mut pace, &import, &organization).await?;
            let mut tx = context.store.tenant(platform).await?;
            tx.settle_import_item(id, &item).await?;
            tx.commit().await?;
        }
    }
    let mut tx = context.store.tenant(platform).await?;
    tx.finish_platform_import(id, context.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Notes all organizations of the tenant, a page at a time.
async fn list(
    context: &Context,
    pace: &mut Pace,
    platform: &TenantId,
    import: &PlatformImport,
) -> Result<(), Failure> {
    let mut from = import.position.clone();
    loop {
        pace.turn(1).await;
        let page = context.auth0.organizations().page(from.as_deref()).await?;
        let ids = page.items.iter().map(|found| found.id.parse());
        let ids: Vec<OrganizationId> = ids.filter_map(Result::ok).collect();
        let mut tx = context.store.tenant(platform).await?;
        tx.add_import_items(import.id, &ids).await?;
        tx.note_import_position(import.id, page.next.as_deref())
            .await?;
        tx.commit().await?;
        from = page.next;
        if from.is_none() {
            return Ok(());
        }
    }
}

/// What Auth0 refuses for good is this organization's outcome and holds up no other.
async fn one(
    context: &Context,
    pace: &mut Pace,
    import: &PlatformImport,
    id: &OrganizationId,
) -> Result<ImportItem, Failure> {
    match organization::take_over(context, pace, import, id).await {
        Err(Failure::Park(reason)) => {
            tracing::error!(organization = %id, reason, "an organization cannot be imported");
            Ok(ImportItem::refused(id.clone(), Why::Failed))
        }
        Ok(organization::Verdict::Refused(why)) => Ok(ImportItem::refused(id.clone(), why)),
        Ok(organization::Verdict::AlreadyOurs) => {
            Ok(ImportItem::settled(id.clone(), Outcome::AlreadyOurs))
        }
        Ok(organization::Verdict::Fit(fit)) => Ok(ImportItem {
            name: Some(fit.name.to_string()),
            members: Some(fit.members),
            needs_admin: Some(fit.needs_admin),
            ..ImportItem::settled(
                id.clone(),
                if import.dry_run {
                    Outcome::Importable
                } else {
                    Outcome::Imported
                },
            )
        }),
        Err(other) => Err(other),
    }
}
