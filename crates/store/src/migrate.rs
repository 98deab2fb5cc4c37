//! Brings a database to this version: roles, migrations, then the lint.

use std::str::FromStr;

use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, SqlSafeStr};
use url::Url;

use crate::{DatabaseUrl, RolePasswords, StoreError, catalog_lint, roles, row};

/// Every file of `migrations/`, in order; a test compares the two.
pub(crate) const FILES: &[(&str, &str)] = &[
    (
        "0001_tenant_context",
        include_str!("../../../migrations/0001_tenant_context.sql"),
    ),
    (
        "0002_directory",
        include_str!("../../../migrations/0002_directory.sql"),
    ),
    (
        "0003_customers",
        include_str!("../../../migrations/0003_customers.sql"),
    ),
    (
        "0004_memberships",
        include_str!("../../../migrations/0004_memberships.sql"),
    ),
    (
        "0005_subscriptions",
        include_str!("../../../migrations/0005_subscriptions.sql"),
    ),
    (
        "0006_conversions",
        include_str!("../../../migrations/0006_conversions.sql"),
    ),
    (
        "0007_projects",
        include_str!("../../../migrations/0007_projects.sql"),
    ),
    (
        "0008_audit_events",
        include_str!("../../../migrations/0008_audit_events.sql"),
    ),
    (
        "0009_idempotency_keys",
        include_str!("../../../migrations/0009_idempotency_keys.sql"),
    ),
    (
        "0010_stripe_objects",
        include_str!("../../../migrations/0010_stripe_objects.sql"),
    ),
    (
        "0011_jobs",
        include_str!("../../../migrations/0011_jobs.sql"),
    ),
    (
        "0012_webhook_inbox",
        include_str!("../../../migrations/0012_webhook_inbox.sql"),
    ),
    (
        "0013_orphans",
        include_str!("../../../migrations/0013_orphans.sql"),
    ),
    (
        "0014_open_tenant",
        include_str!("../../../migrations/0014_open_tenant.sql"),
    ),
    (
        "0020_members",
        include_str!("../../../migrations/0020_members.sql"),
    ),
    (
        "0021_member_additions",
        include_str!("../../../migrations/0021_member_additions.sql"),
    ),
    (
        "0025_invitations",
        include_str!("../../../migrations/0025_invitations.sql"),
    ),
    (
        "0026_unsettled_jobs",
        include_str!("../../../migrations/0026_unsettled_jobs.sql"),
    ),
    (
        "0030_audit_chain",
        include_str!("../../../migrations/0030_audit_chain.sql"),
    ),
    (
        "0031_organization_settings",
        include_str!("../../../migrations/0031_organization_settings.sql"),
    ),
    (
        "0035_mirror",
        include_str!("../../../migrations/0035_mirror.sql"),
    ),
    (
        "0040_invitation_outcomes",
        include_str!("../../../migrations/0040_invitation_outcomes.sql"),
    ),
    (
        "0043_community_invitations",
        include_str!("../../../migrations/0043_community_invitations.sql"),
    ),
    (
        "0046_blocked_accounts",
        include_str!("../../../migrations/0046_blocked_accounts.sql"),
    ),
    (
        "0047_event_feed",
        include_str!("../../../migrations/0047_event_feed.sql"),
    ),
    (
        "0050_deletions",
        include_str!("../../../migrations/0050_deletions.sql"),
    ),
    (
        "0051_user_stores",
        include_str!("../../../migrations/0051_user_stores.sql"),
    ),
    (
        "0054_platform_directory",
        include_str!("../../../migrations/0054_platform_directory.sql"),
    ),
    (
        "0055_platform_creations",
        include_str!("../../../migrations/0055_platform_creations.sql"),
    ),
    (
        "0056_platform_imports",
        include_str!("../../../migrations/0056_platform_imports.sql"),
    ),
    (
        "0057_user_imports",
        include_str!("../../../migrations/0057_user_imports.sql"),
    ),
    (
        "0062_subscription_changes",
        include_str!("../../../migrations/0062_subscription_changes.sql"),
    ),
    (
        "0063_validate_subscription_changes",
        include_str!("../../../migrations/0063_validate_subscription_changes.sql"),
    ),
    (
        "0064_dead_letters",
        include_str!("../../../migrations/0064_dead_letters.sql"),
    ),
    (
        "0067_seat_limit",
        include_str!("../../../migrations/0067_seat_limit.sql"),
    ),
    (
        "0068_usage_counters",
        include_str!("../../../migrations/0068_usage_counters.sql"),
    ),
    (
        "0071_audit_client_address",
        include_str!("../../../migrations/0071_audit_client_address.sql"),
    ),
    (
        "0072_subscription_moves",
        include_str!("../../../migrations/0072_subscription_moves.sql"),
    ),
    (
        "0073_reminders",
        include_str!("../../../migrations/0073_reminders.sql"),
    ),
    (
        "0076_stripe_catch_up",
        include_str!("../../../migrations/0076_stripe_catch_up.sql"),
    ),
    (
        "0077_log_hint",
        include_str!("../../../migrations/0077_log_hint.sql"),
    ),
    (
        "0080_create_identity_providers",
        include_str!("../../../migrations/0080_create_identity_providers.sql"),
    ),
    (
        "0081_create_identity_provider_tests",
        include_str!("../../../migrations/0081_create_identity_provider_tests.sql"),
    ),
    (
        "0085_domains",
        include_str!("../../../migrations/0085_domains.sql"),
    ),
    (
        "0086_identity_provider_domains",
        include_str!("../../../migrations/0086_identity_provider_domains.sql"),
    ),
    (
        "0087_sso_policy",
        include_str!("../../../migrations/0087_sso_policy.sql"),
    ),
    (
        "0088_validate_sso_policy",
        include_str!("../../../migrations/0088_validate_sso_policy.sql"),
    ),
    (
        "0090_create_provisionings",
        include_str!("../../../migrations/0090_create_provisionings.sql"),
    ),
    (
        "0095_identity_links",
        include_str!("../../../migrations/0095_identity_links.sql"),
    ),
    (
        "0096_mfa_policy",
        include_str!("../../../migrations/0096_mfa_policy.sql"),
    ),
    (
        "0097_validate_mfa_policy",
        include_str!("../../../migrations/0097_validate_mfa_policy.sql"),
    ),
    (
        "0098_sso_tickets",
        include_str!("../../../migrations/0098_sso_tickets.sql"),
    ),
    (
        "0112_invitation_connection",
        include_str!("../../../migrations/0112_invitation_connection.sql"),
    ),
    (
        "0113_member_groups_given",
        include_str!("../../../migrations/0113_member_groups_given.sql"),
    ),
    (
        "0120_row_estimates",
        include_str!("../../../migrations/0120_row_estimates.sql"),
    ),
    (
        "0121_trial_domains",
        include_str!("../../../migrations/0121_trial_domains.sql"),
    ),
    (
        "0130_identity_provider_setups",
        include_str!("../../../migrations/0130_identity_provider_setups.sql"),
    ),
    (
        "0131_directory_groups",
        include_str!("../../../migrations/0131_directory_groups.sql"),
    ),
    (
        "0140_invitation_links",
        include_str!("../../../migrations/0140_invitation_links.sql"),
    ),
    (
        "0141_how_members_join",
        include_str!("../../../migrations/0141_how_members_join.sql"),
    ),
    (
        "0142_validate_how_members_join",
        include_str!("../../../migrations/0142_validate_how_members_join.sql"),
    ),
    (
        "0143_turned_away",
        include_str!("../../../migrations/0143_turned_away.sql"),
    ),
    (
        "0144_search_by_surname",
        include_str!("../../../migrations/0144_search_by_surname.sql"),
    ),
    (
        "0145_broken_glass_of_administrators",
        include_str!("../../../migrations/0145_broken_glass_of_administrators.sql"),
    ),
    (
        "0155_logins_ended",
        include_str!("../../../migrations/0155_logins_ended.sql"),
    ),
];

/// What `migrate` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// Names of the migrations that were applied now, in order.
    pub applied: Vec<String>,
    /// Version of the newest migration in the database.
    pub version: i64,
}

/// Creates the roles as the administrator (idempotent), applies the migrations as the owner, then proves the rules of
/// the schema; a finding is [`StoreError::Lint`].
pub async fn migrate(
    admin_url: &DatabaseUrl,
    passwords: &RolePasswords,
) -> Result<MigrationReport, StoreError> {
    let mut admin = connect(admin_url).await?;
    roles::bootstrap(&mut admin, passwords).await?;
    admin.close().await?;

    let migrator_url = roles::url_as(admin_url, roles::MIGRATOR, &passwords.migrator)?;
    let mut owner = connect(&migrator_url).await?;
    owner.execute("set role tenantry_owner").await?;
    let report = apply(&mut owner).await?;
    let findings = catalog_lint::findings(&mut owner).await?;
    owner.close().await?;
    if findings.is_empty() {
        Ok(report)
    } else {
        Err(StoreError::Lint(findings))
    }
}

/// Creates the database if it is not there; answers the administrator's connection string to it.
pub async fn ensure_database(
    admin_url: &DatabaseUrl,
    name: &str,
) -> Result<DatabaseUrl, StoreError> {
    let mut admin = connect(admin_url).await?;
    let missing = sqlx::query(
        "select format('create database %I', $1) as statement \
         where not exists (select from pg_catalog.pg_database where datname = $1)",
    )
    .bind(name)
    .fetch_optional(&mut admin)
    .await?;
    if let Some(missing) = missing {
        let statement: String = row::value(&missing, "statement")?;
        // CREATE DATABASE takes no parameter; the server has quoted the name.
        admin.execute(AssertSqlSafe(statement)).await?;
    }
    admin.close().await?;
    database_url(admin_url, name)
}

/// The same server, another database.
pub(crate) fn database_url(url: &DatabaseUrl, name: &str) -> Result<DatabaseUrl, StoreError> {
    let mut url = Url::parse(url.expose())?;
    url.set_path(name);
    Ok(DatabaseUrl::from(String::from(url)))
}

/// A connection that logs no statement: some hold passwords.
pub(crate) async fn connect(url: &DatabaseUrl) -> Result<PgConnection, StoreError> {
    Ok(PgConnectOptions::from_str(url.expose())?
        .disable_statement_logging()
        .connect()
        .await?)
}

async fn apply(owner: &mut PgConnection) -> Result<MigrationReport, StoreError> {
    const TABLE: &str = "app_meta.migration";
    let mut migrator = Migrator::with_migrations(migrations());
    migrator.dangerous_set_table_name(TABLE);
    owner.ensure_migrations_table(TABLE).await?;
    let before: Vec<i64> = owner
        .list_applied_migrations(TABLE)
        .await?
        .iter()
        .map(|applied| applied.version)
        .collect();
    migrator.run(&mut *owner).await?;
    let applied = migrator
        .iter()
        .filter(|migration| !before.contains(&migration.version));
    Ok(MigrationReport {
        applied: applied
            .map(|migration| migration.description.to_string())
            .collect(),
        version: migrator
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or_default(),
    })
}

fn migrations() -> Vec<Migration> {
    let migration = |(name, sql): &(&'static str, &'static str)| {
        let (version, description) = name
            .split_once('_')
            .expect("the name of a migration begins `NNNN_`");
        Migration::new(
            version
                .parse()
                .expect("the name of a migration begins with its number"),
            description.replace('_', " ").into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    };
    FILES.iter().map(migration).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::FILES;

    #[test]
    fn every_file_in_the_folder_is_applied() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut files: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".sql").map(str::to_owned))
            .collect();
        files.sort();
        let listed: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(files, listed, "list them in crates/store/src/migrate.rs");
    }

    #[test]
    fn versions_count_up() {
        let versions: Vec<usize> = FILES
            .iter()
            .map(|(name, _)| name[..4].parse().unwrap())
            .collect();
        assert!(
            versions.is_sorted_by(|one, next| one < next),
            "{versions:?}"
        );
    }
}
