//! Forgets what nobody needs any more: jobs done a week ago, webhooks of a month ago with the bodies they carry.

use crate::workflows::{Context, Failure};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let now = context.clock.now();
    let jobs = context.store.purge_done_jobs(now).await?;
    let webhooks = context.store.purge_webhooks(now).await?;
    if jobs + webhooks > 0 {
        tracing::info!(jobs, webhooks, "forgot what was done");
    }
    Ok(())
}
