//! Brings users into an organization: Auth0's bulk import makes their accounts, a file at a time, and then they become
//! members. Every row is noted on its own; what is done is never done again.

mod admission;
mod file;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use domain::import::UserOutcome;
use domain::{ImportId, OrganizationId, TenantId};
use management::ImportError;
use store::{UserImport, UserRow};

use super::{Context, Failure};

/// Rows looked at in one go.
const BATCH: u32 = 500;

/// How long Auth0 is left alone with a file.
const PAUSE: Duration = Duration::from_secs(1);

/// Auth0 finds those it has just imported a moment later.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// # Errors
/// See [`Failure`]; the next run goes on where this one stopped.
pub async fn run(
    context: &Context,
    organization: &OrganizationId,
    id: ImportId,
) -> Result<(), Failure> {
    let tenant = TenantId::from(organization.clone());
    loop {
        let mut tx = context.store.tenant(&tenant).await?;
        let import = tx.user_import(id).await?;
        let Some(import) = import.filter(|import| import.done_at.is_none()) else {
            return Ok(());
        };
        let rows = tx.waiting_user_rows(id, BATCH).await?;
        if rows.is_empty() {
            tx.finish_user_import(id, context.clock.now()).await?;
            return Ok(tx.commit().await?);
        }
        drop(tx);
        let (stored, pending): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|row| row.outcome == UserOutcome::Stored);
        let job = pending.iter().find_map(|row| row.auth0_job.clone());
        if !stored.is_empty() {
            admission::run(context, organization, &import, stored).await?;
        } else if let Some(job) = job {
            let its_own = |row: &UserRow| row.auth0_job.as_ref() == Some(&job);
            let rows = pending.into_iter().filter(its_own).collect();
            follow(context, &tenant, &import, &job, rows).await?;
        } else {
            submit(context, &tenant, &import, &pending).await?;
        }
    }
}

/// Sent again after a lost answer, a file makes nobody twice: each row names its own id.
async fn submit(
    context: &Context,
    tenant: &TenantId,
    import: &UserImport,
    rows: &[UserRow],
) -> Result<(), Failure> {
    let connections = context.auth0.connections();
    let Some(connection) = connections.by_name(&import.connection).await? else {
        return settle_all(context, tenant, import, rows, "unknown_connection").await;
    };
    let (numbers, file) = file::fill(rows, management::LARGEST_USERS_FILE);
    let job = context
        .auth0
        .jobs()
        .import_users(&connection.id, &file)
        .await?;
    let mut tx = context.store.tenant(tenant).await?;
    tx.note_user_job(import.id, &numbers, Some(&job.id)).await?;
    Ok(tx.commit().await?)
}

async fn follow(
    context: &Context,
    tenant: &TenantId,
    import: &UserImport,
    job: &str,
    rows: Vec<UserRow>,
) -> Result<(), Failure> {
    let found = context.auth0.jobs().show(job).await?;
    let status = found.as_ref().map(|found| found.status.as_str());
    match status {
        Some("completed") => {
            let errors = context.auth0.jobs().errors(job).await?;
            note(context, tenant, import, rows, &errors).await
        }
        Some("failed") => settle_all(context, tenant, import, &rows, "job_failed").await,
        Some(_) => Err(Failure::Wait {
            after: Some(PAUSE),
            reason: "Auth0 has not imported the users yet".into(),
        }),
        None => {
            let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
            let mut tx = context.store.tenant(tenant).await?;
            tx.note_user_job(import.id, &numbers, None).await?;
            Ok(tx.commit().await?)
        }
    }
}

async fn note(
    context: &Context,
    tenant: &TenantId,
    import: &UserImport,
    rows: Vec<UserRow>,
    errors: &[ImportError],
) -> Result<(), Failure> {
    let refused: BTreeMap<&str, String> = errors.iter().filter_map(file::refusal).collect();
    let mut tx = context.store.tenant(tenant).await?;
    for mut row in rows {
        match refused.get(row.row_id.simple().to_string().as_str()) {
            Some(why) => {
                row.outcome = UserOutcome::Failed;
                row.why = Some(why.clone());
            }
            None => row.outcome = UserOutcome::Stored,
        }
        tx.settle_user_row(import.id, &row).await?;
    }
    Ok(tx.commit().await?)
}

async fn settle_all(
    context: &Context,
    tenant: &TenantId,
    import: &UserImport,
    rows: &[UserRow],
    why: &str,
) -> Result<(), Failure> {
    let mut tx = context.store.tenant(tenant).await?;
    for row in rows {
        let failed = UserRow {
            outcome: UserOutcome::Failed,
            why: Some(why.to_owned()),
            ..row.clone()
        };
        tx.settle_user_row(import.id, &failed).await?;
    }
    Ok(tx.commit().await?)
}
