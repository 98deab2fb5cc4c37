//! Refuses to serve from a database or as a role that could see past row-level security.

use sqlx::postgres::PgRow;

use crate::{DatabaseRole, Store, StoreError, catalog_lint, row};

/// Why the store would not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BootRefusal {
    #[error("the connection is role {found}, not {expected}")]
    WrongRole {
        expected: &'static str,
        found: String,
    },
    #[error("the role is a superuser")]
    Superuser,
    #[error("the role bypasses row-level security")]
    BypassesRowSecurity,
    #[error("the role may create roles or databases, or replicate")]
    Administrator,
    #[error("the role is a member of {0}")]
    Member(String),
    #[error("the role owns {0}")]
    Owner(String),
    #[error("row_security is off")]
    RowSecurityOff,
    #[error("set_config is executable")]
    SetConfigExecutable,
    #[error(
        "server version {0} leaks through row-level security: 15.14, 16.10, 17.6 or newer is needed"
    )]
    ServerVersion(i32),
    #[error("the schema is not there: run `tenantry migrate`")]
    NotMigrated,
    #[error("the schema breaks its rules: {0}")]
    Lint(String),
}

const ROLE: &str = "select r.rolname::text as name, r.rolsuper, r.rolbypassrls, \
     r.rolcreaterole or r.rolcreatedb or r.rolreplication as administrator, \
     array(select g.rolname::text from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid \
         where m.member = r.oid order by 1) as memberships, \
     array(select c.oid::regclass::text from pg_catalog.pg_class c where c.relowner = r.oid order by 1) as owned, \
     current_setting('row_security') = 'on' as row_security, \
     has_function_privilege('pg_catalog.set_config(text, text, boolean)', 'execute') as set_config, \
     current_setting('server_version_num')::integer as server_version, \
     exists(select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where n.nspname = 'app_meta' and c.relname = 'definer_function') as migrated \
     from pg_catalog.pg_roles r where r.rolname = current_user";

pub(crate) async fn check(store: &Store, role: DatabaseRole) -> Result<(), StoreError> {
    let found = store.fetch_one(store.statement(ROLE)).await?;
    let mut refusals = role_refusals(&found, role)?;
    if refusals.is_empty() {
        let mut connection = store.pool.acquire().await?;
        let findings = catalog_lint::findings(&mut connection).await?;
        refusals.extend(
            findings
                .iter()
                .map(|finding| BootRefusal::Lint(finding.to_string())),
        );
    }
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(StoreError::Boot(refusals))
    }
}

fn role_refusals(found: &PgRow, expected: DatabaseRole) -> Result<Vec<BootRefusal>, StoreError> {
    let name: String = row::value(found, "name")?;
    let version: i32 = row::value(found, "server_version")?;
    let groups: Vec<String> = row::value(found, "memberships")?;
    let owned: Vec<String> = row::value(found, "owned")?;
    let row_security: bool = row::value(found, "row_security")?;
    let migrated: bool = row::value(found, "migrated")?;

    let mut refusals: Vec<BootRefusal> = [
        (row::value(found, "rolsuper")?, BootRefusal::Superuser),
        (
            row::value(found, "rolbypassrls")?,
            BootRefusal::BypassesRowSecurity,
        ),
        (
            row::value(found, "administrator")?,
            BootRefusal::Administrator,
        ),
        (
            row::value(found, "set_config")?,
            BootRefusal::SetConfigExecutable,
        ),
        (!row_security, BootRefusal::RowSecurityOff),
        (!migrated, BootRefusal::NotMigrated),
        (!is_sound(version), BootRefusal::ServerVersion(version)),
    ]
    .into_iter()
    .filter_map(|(is_so, refusal)| is_so.then_some(refusal))
    .collect();
    refusals.extend(groups.into_iter().map(BootRefusal::Member));
    // A superuser owns the whole catalog; one name says enough.
    refusals.extend(owned.into_iter().take(1).map(BootRefusal::Owner));
    if name != expected.name() {
        refusals.push(BootRefusal::WrongRole {
            expected: expected.name(),
            found: name,
        });
    }
    Ok(refusals)
}

/// CVE-2025-8713: statistics showed values of rows that the policy hides, until 15.14, 16.10 and 17.6. Older majors
/// than 15 lack what the schema needs.
fn is_sound(server_version: i32) -> bool {
    let (major, minor) = (server_version / 10_000, server_version % 10_000);
    match major {
        15 => minor >= 14,
        16 => minor >= 10,
        17 => minor >= 6,
        _ => major >= 18,
    }
}

#[cfg(test)]
mod tests {
    use super::is_sound;

    #[test]
    fn versions_with_a_known_leak_are_refused() {
        for leaking in [140_019, 150_013, 160_009, 170_005] {
            assert!(!is_sound(leaking), "{leaking}");
        }
    }

    #[test]
    fn versions_with_the_fix_are_accepted() {
        for sound in [150_014, 160_010, 170_006, 180_000] {
            assert!(is_sound(sound), "{sound}");
        }
    }
}
