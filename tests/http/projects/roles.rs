//! Who may do what in an organization, as one table that is compared with what the API really answers.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use domain::Role;
use reqwest::Method;
use tests::TestApp;
use tests::contract::{Operation, operations};

use crate::tenant_isolation::fixtures::{Whose, fixture};
use crate::tenant_isolation::world::{Home, call};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/http/roles_and_operations.txt");

/// After the roles: a member with no role, one whose membership is gone, and an administrator of a suspended
/// organization; all with tokens that were good.
const COLUMNS: [&str; 7] = [
    "org_admin",
    "org_member",
    "org_billing",
    "org_readonly",
    "no_role",
    "removed",
    "suspended",
];

/// The status that the reviewed table has for this operation.
pub(crate) fn reviewed(operation: &str, column: &str) -> u16 {
    let table = std::fs::read_to_string(TABLE).expect("tests/http/roles_and_operations.txt");
    let mut rows = table
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let columns = rows.next().expect("a row of columns");
    let row = rows.find(|row| row[0] == operation);
    let row =
        row.unwrap_or_else(|| panic!("{operation} is not in tests/http/roles_and_operations.txt"));
    let at = columns
        .iter()
        .position(|found| *found == column)
        .expect("a column");
    row[at].parse().expect("a status")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_what_the_table_says() {
    let app = TestApp::start().await;
    let home = Home::create(&app).await;
    let mut found = everything(&app, &home).await;
    found.push('\n');
    found.push_str(&invitations_by_policy(&app, &home).await);
    let reviewed = std::fs::read_to_string(TABLE).expect("tests/http/roles_and_operations.txt");
    assert!(
        reviewed == found,
        "tests/http/roles_and_operations.txt says otherwise; if this is what is meant, write it there:\n{found}"
    );
}

async fn everything(app: &TestApp, home: &Home) -> String {
    let mut tokens = Tokens::of(app, home).await;
    let mut found = format!("{:<20}", "operation");
    for column in COLUMNS {
        write!(found, " {column:>12}").expect("text grows");
    }
    found.push('\n');
    for operation in operations() {
        if fixture(&operation.id).whose == Whose::Organizations {
            tokens.renew(app, home).await;
            write!(found, "{:<20}", operation.id).expect("text grows");
            for (column, token) in COLUMNS.iter().zip(&tokens.tokens) {
                let status = status(app, operation, home, column, token).await;
                write!(found, " {status:>12}").expect("text grows");
            }
            found.push('\n');
        }
    }
    found
}

/// What a policy of the organization adds: the invitation in these calls is an administrator's, which does not exist
/// for whoever invites only because members may.
async fn invitations_by_policy(app: &TestApp, home: &Home) -> String {
    let Tokens { tokens, .. } = Tokens::of(app, home).await;
    let policy = "update app.customers set members_can_invite = true where org_id = $1";
    execute(app, policy, &home.organization.id).await;
    let mut found = format!("{:<20}", "members_can_invite");
    for column in &COLUMNS[..5] {
        write!(found, " {column:>12}").expect("text grows");
    }
    found.push('\n');
    let of_invitations = |operation: &&Operation| {
        fixture(&operation.id).whose == Whose::Organizations && operation.tags == ["invitations"]
    };
    for operation in operations().iter().filter(of_invitations) {
        write!(found, "{:<20}", operation.id).expect("text grows");
        for (column, token) in COLUMNS[..5].iter().zip(&tokens) {
            let status = status(app, operation, home, column, token).await;
            write!(found, " {status:>12}").expect("text grows");
        }
        found.push('\n');
    }
    found
}

async fn status(
    app: &TestApp,
    operation: &Operation,
    home: &Home,
    column: &str,
    token: &str,
) -> u16 {
    // Fresh domains take the place of those before them.
    let is_kept = operation.method == Method::GET && !operation.path.contains("{domain_id}");
    let ids = if is_kept {
        home.ids.clone()
    } else {
        home.fresh_ids(app, Whose::Organizations).await
    };
    suspend(app, home, column == "suspended").await;
    let answer = call(app, operation, (&ids, &ids), Some(token)).await;
    suspend(app, home, false).await;
    match (column, answer.status.as_u16()) {
        ("removed", _) => answer.assert_problem(403, "membership_required"),
        ("suspended", _) => answer.assert_problem(403, "org_suspended"),
        (_, 403) => answer.assert_problem(403, "permission_denied"),
        _ => &answer,
    };
    answer.status.as_u16()
}

/// One for each column.
struct Tokens {
    tokens: Vec<String>,
    since: Instant,
}

impl Tokens {
    async fn of(app: &TestApp, home: &Home) -> Self {
        Self {
            since: Instant::now(),
            tokens: tokens(app, home).await,
        }
    }

    /// What some operations ask for is a login of the last minutes, and a busy machine takes longer for the table.
    async fn renew(&mut self, app: &TestApp, home: &Home) {
        if self.since.elapsed() > Duration::from_secs(100) {
            *self = Self::of(app, home).await;
        }
    }
}

async fn tokens(app: &TestApp, home: &Home) -> Vec<String> {
    let mut tokens = Vec::new();
    for role in Role::ALL {
        tokens.push(app.member(&home.organization, *role).await.1);
    }
    let (without, token) = app.member(&home.organization, Role::OrgAdmin).await;
    let strip = "update app.memberships set roles = '{}' where user_id = $1";
    execute(app, strip, &without.user_id).await;
    tokens.push(token);
    let (removed, token) = app.member(&home.organization, Role::OrgAdmin).await;
    let gone = [removed.user_id.clone()];
    let auth0 = app.auth0();
    // Also there: the product asks Auth0 about a good token of somebody whom it does not know.
    let removal = auth0
        .organizations()
        .remove_members(&home.organization.id, &gone);
    removal.await.expect("Auth0 removes them");
    let remove = "delete from app.memberships where user_id = $1";
    execute(app, remove, &removed.user_id).await;
    tokens.push(token);
    let organization = &home.organization;
    tokens.push(app.enter(organization, &organization.admin).await);
    tokens
}

async fn suspend(app: &TestApp, home: &Home, suspended: bool) {
    let statement = if suspended {
        "update app.customers set suspended_at = now() where org_id = $1"
    } else {
        "update app.customers set suspended_at = null where org_id = $1"
    };
    execute(app, statement, &home.organization.id).await;
}

async fn execute(app: &TestApp, statement: &'static str, value: &str) {
    let done = sqlx::query(statement)
        .bind(value)
        .execute(&mut app.database.admin().await)
        .await;
    assert_eq!(done.expect("it runs").rows_affected(), 1);
}
