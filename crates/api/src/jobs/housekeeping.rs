//! Forgets what nobody needs any more: jobs done a week ago, webhooks of a month ago with the bodies they carry. And
//! tells the directory the plans of organizations from before it knew plans.

use domain::TenantId;
use store::Page;

use crate::workflows::{Context, Failure};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let now = context.clock.now();
    let jobs = context.store.purge_done_jobs(now).await?;
    let webhooks = context.store.purge_webhooks(now).await?;
    if jobs + webhooks > 0 {
        tracing::info!(jobs, webhooks, "forgot what was done");
    }
    complete_directory(context).await
}

/// Organizations opened at a time.
const BATCH: u32 = 100;

async fn complete_directory(context: &Context) -> Result<(), Failure> {
    let mut page = Page::first(BATCH);
    loop {
        let unknown = context.store.organizations_without_plan(&page).await?;
        for organization in &unknown {
            let tenant = TenantId::from(organization.clone());
            let mut tx = context.store.tenant(&tenant).await?;
            if let Some(record) = tx.lock_subscription().await? {
                tx.note_subscription(&record.subscription).await?;
                tx.commit().await?;
            }
        }
        page.after = unknown.last().cloned();
        if page.after.is_none() {
            return Ok(());
        }
    }
}
