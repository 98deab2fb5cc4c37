//! The table that makes every operation callable. A new operation fails the tests here until it has a row.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, SecondsFormat, TimeDelta};
use tests::Answer;
use tests::contract::operations;
use uuid::Uuid;

/// Whose things an operation reads or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Nothing in it belongs to a tenant.
    Nobodys,
    /// The caller's own, under `/v1/me`.
    Persons,
    /// Those of the organization in the path.
    Organizations,
    /// Of the operator's back office, which has a token of its own.
    Platform,
}

pub(crate) struct Fixture {
    pub(crate) operation: &'static str,
    pub(crate) whose: Whose,
    /// What a caller with every right sends, and is understood.
    body: &'static str,
    /// The code with which the state of their home refuses it all the same.
    refused: Option<&'static str>,
}

/// Each change of a home's seats asks for more than the one before.
static SEATS: AtomicU32 = AtomicU32::new(50);

impl Fixture {
    /// Nothing of the home is what it is about.
    pub(crate) fn is_missing(&self) -> bool {
        self.refused == Some("not_found")
    }

    /// Each time another one where it must be.
    pub(crate) fn body(&self) -> String {
        let unique = &Uuid::new_v4().simple().to_string()[..12];
        let body = self.body.replace("UNIQUE", unique);
        // There are only so many seats, and tens of thousands of calls in a run.
        if !["MORE_SEATS", "LATER"]
            .iter()
            .any(|each| body.contains(each))
        {
            return body;
        }
        let seats = SEATS.fetch_add(1, Ordering::Relaxed) + 1;
        body.replace("MORE_SEATS", &seats.to_string())
            // Each time a later minute.
            .replace("LATER", &later(seats))
    }

    /// Whether this is what a caller with every right gets.
    pub(crate) fn is_answer(&self, answer: &Answer) -> bool {
        match self.refused {
            Some(code) => answer.json()["code"] == code,
            None => answer.status.is_success(),
        }
    }

    pub(crate) fn can_be_done(&self) -> bool {
        self.refused.is_none()
    }
}

/// This many minutes after the beginning of 2033.
fn later(minutes: u32) -> String {
    let beginning = DateTime::from_timestamp(1_988_150_400, 0).expect("an instant");
    let later = beginning + TimeDelta::minutes(minutes.into());
    later.to_rfc3339_opts(SecondsFormat::Secs, true)
}

const fn row(operation: &'static str, whose: Whose, body: &'static str) -> Fixture {
    Fixture {
        operation,
        whose,
        body,
        refused: None,
    }
}

/// Of an operation that the state of a home refuses: a plan runs already, or none does.
const fn refused_row(
    operation: &'static str,
    whose: Whose,
    body: &'static str,
    code: &'static str,
) -> Fixture {
    Fixture {
        operation,
        whose,
        body,
        refused: Some(code),
    }
}

use Whose::{Nobodys, Organizations, Persons, Platform};

const PROJECT: &str = r#"{"name":"Spring"}"#;
const SETTINGS: &str = r##"{"branding":{"primary":"#0059d6","page_background":"#fff"}}"##;
const POLICIES: &str = r#"{"members_can_invite":false}"#;
const USER_STORE: &str = r#"{"kind":"both"}"#;
const OKTA: &str = r#"{"name":"okta-UNIQUE","strategy":"okta","options":{"domain":"acme.okta.com","client_id":"0oa1","client_secret":"a-secret-UNIQUE"}}"#;
const DOMAIN: &str = r#"{"domain":"UNIQUE.example"}"#;
const NAMING: &str = r#"{"name":"named-UNIQUE","display_name":"Named once"}"#;

const INVITEES: &str = r#"{"invitees":[{"email":"UNIQUE@acme.example","roles":["org_member"]}]}"#;

const REFUSED: &str = r#"{"organization":"org_0000000000000000","invitation":"UNIQUE"}"#;

const TICKET: &str = r#"{"name":"sso-UNIQUE"}"#;

/// A token that proves nothing.
const IDENTITY: &str = r#"{"token":"e30.e30.e30","main":"caller"}"#;

const ADDITION: &str = r#"{"user_id":"auth0|UNIQUE","roles":["org_member"]}"#;
const ROLES: &str = r#"{"roles":["org_billing"]}"#;

const CREATION: &str = r#"{"name":"made-UNIQUE","display_name":"Made","plan":"team","paid_until":"2030-01-01T00:00:00Z","first_admin":{"email":"UNIQUE@acme.example"}}"#;

const IMPORT: &str = r#"{"org_ids":["org_UNIQUE0000"],"plan":"team","paid_until":"2030-01-01T00:00:00Z","dry_run":true}"#;

const USERS: &str =
    r#"{"users":[{"email":"UNIQUE@acme.example","name":"Bo","roles":["org_member"]}]}"#;

const REASON: &str = r#"{"reason":"A test UNIQUE"}"#;

const COMP: &str = r#"{"plan":"enterprise","seats":MORE_SEATS,"until":"LATER","reason":"A gift"}"#;
const PERSONAL_COMP: &str = r#"{"plan":"personal","until":"LATER","reason":"A gift"}"#;
const EXTENSION: &str = r#"{"until":"LATER","reason":"A test"}"#;
const SUPPORTED: &str =
    r#"{"plan":"enterprise","interval":"month","seats":MORE_SEATS,"reason":"A test"}"#;
const MONTHLY: &str =
    r#"{"plan":"personal","interval":"month","seats":1,"reason":"A test UNIQUE"}"#;
const GLASS: &str = r#"{"user_id":"auth0|UNIQUE","reason":"A test UNIQUE"}"#;

const MORE: &str = r#"{"plan":"enterprise","interval":"month","seats":MORE_SEATS}"#;
const LESS: &str = r#"{"plan":"team","interval":"month","seats":20}"#;
const PERSONAL: &str = r#"{"plan":"personal","interval":"year","seats":1}"#;

const FIXTURES: &[Fixture] = &[
    row("show_health", Nobodys, ""),
    row("show_readiness", Nobodys, ""),
    row("list_plans", Nobodys, ""),
    row("show_openapi_document", Nobodys, ""),
    row("open_docs", Nobodys, ""),
    row("show_docs_file", Nobodys, ""),
    row("log_in", Nobodys, ""),
    row("log_in_to_organization", Nobodys, ""),
    row("open_invitation", Nobodys, ""),
    row("report_refused_invitation", Nobodys, REFUSED),
    row("show_landing_file", Nobodys, ""),
    row("receive_stripe_webhook", Nobodys, "{}"),
    row("receive_auth0_event", Nobodys, "{}"),
    row("show_me", Persons, ""),
    row("delete_me", Persons, ""),
    row("show_my_subscription", Persons, ""),
    refused_row(
        "change_my_subscription",
        Persons,
        PERSONAL,
        "checkout_required",
    ),
    row("preview_my_subscription_change", Persons, PERSONAL),
    refused_row("cancel_my_subscription", Persons, "", "nothing_to_cancel"),
    refused_row("resume_my_subscription", Persons, "", "nothing_to_resume"),
    refused_row("open_my_billing_portal", Persons, "", "checkout_required"),
    row("list_my_entitlements", Persons, ""),
    row("show_my_usage", Persons, ""),
    row(
        "create_checkout",
        Persons,
        r#"{"plan":"team","interval":"month"}"#,
    ),
    row("list_conversions", Persons, ""),
    row("show_conversion", Persons, ""),
    row("name_organization", Persons, NAMING),
    row("list_my_projects", Persons, ""),
    row("create_my_project", Persons, PROJECT),
    row("show_my_project", Persons, ""),
    row("change_my_project", Persons, PROJECT),
    row("delete_my_project", Persons, ""),
    row("list_my_invitations", Persons, ""),
    row(
        "create_my_invitation",
        Persons,
        r#"{"email":"UNIQUE@acme.example"}"#,
    ),
    row("list_my_identities", Persons, ""),
    refused_row("link_identity", Persons, IDENTITY, "invalid_request"),
    row("unlink_identity", Persons, ""),
    row("show_organization", Organizations, ""),
    row("change_organization", Organizations, SETTINGS),
    row("delete_organization", Organizations, ""),
    row("restore_organization", Organizations, ""),
    row("show_user_store", Organizations, ""),
    row("change_user_store", Organizations, USER_STORE),
    row("change_policies", Organizations, POLICIES),
    row("list_identity_providers", Organizations, ""),
    row("create_identity_provider", Organizations, OKTA),
    row("show_identity_provider", Organizations, ""),
    row(
        "change_identity_provider",
        Organizations,
        r#"{"assign_membership_on_login":true}"#,
    ),
    row("detach_identity_provider", Organizations, ""),
    row("delete_identity_provider", Organizations, ""),
    row("preview_group_roles", Organizations, "{}"),
    row("test_identity_provider", Organizations, ""),
    row("show_identity_provider_test", Organizations, ""),
    row("return_from_test_login", Nobodys, ""),
    row("show_provisioning", Organizations, ""),
    // Auth0 knows nothing of the identity provider that the row is about.
    refused_row("create_provisioning", Organizations, "", "conflict"),
    refused_row(
        "update_provisioning_attributes",
        Organizations,
        "",
        "conflict",
    ),
    row("delete_provisioning", Organizations, ""),
    row("list_scim_tokens", Organizations, ""),
    refused_row("create_scim_token", Organizations, "{}", "conflict"),
    row("revoke_scim_token", Organizations, ""),
    row("list_members", Organizations, ""),
    row("show_member", Organizations, ""),
    row("add_member", Organizations, ADDITION),
    row("change_member_roles", Organizations, ROLES),
    row(
        "transfer_ownership",
        Organizations,
        r#"{"keep_roles":["org_admin"]}"#,
    ),
    row("remove_member", Organizations, ""),
    row("list_roles", Organizations, ""),
    row("show_sync", Organizations, ""),
    row("show_subscription", Organizations, ""),
    row("change_subscription", Organizations, MORE),
    row("preview_subscription_change", Organizations, LESS),
    row("cancel_subscription", Organizations, ""),
    row("resume_subscription", Organizations, ""),
    row("open_billing_portal", Organizations, ""),
    refused_row(
        "create_subscription_checkout",
        Organizations,
        LESS,
        "plan_already_active",
    ),
    row("list_entitlements", Organizations, ""),
    row("show_usage", Organizations, ""),
    row("list_audit_events", Organizations, ""),
    row("export_audit_events", Organizations, ""),
    row("list_invitations", Organizations, ""),
    row("create_invitations", Organizations, INVITEES),
    row("show_invitation", Organizations, ""),
    row("resend_invitation", Organizations, ""),
    // The one that the row is about has expired.
    refused_row(
        "tell_invitation_link",
        Organizations,
        "",
        "invitation_closed",
    ),
    row("revoke_invitation", Organizations, ""),
    refused_row(
        "create_identity_provider_domain",
        Organizations,
        DOMAIN,
        "domain_not_verified",
    ),
    row("delete_identity_provider_domain", Organizations, ""),
    row("list_domain_identity_providers", Organizations, ""),
    refused_row("break_glass", Organizations, REASON, "sso_not_enforced"),
    row("show_sso_report", Organizations, ""),
    row("list_domains", Organizations, ""),
    row("create_domain", Organizations, DOMAIN),
    row("show_domain", Organizations, ""),
    row("verify_domain", Organizations, ""),
    row("delete_domain", Organizations, ""),
    row("list_sso_tickets", Organizations, ""),
    row("create_sso_ticket", Organizations, TICKET),
    row("revoke_sso_ticket", Organizations, ""),
    row("list_projects", Organizations, ""),
    row("create_project", Organizations, PROJECT),
    row("show_project", Organizations, ""),
    row("change_project", Organizations, PROJECT),
    row("delete_project", Organizations, ""),
    row("list_platform_organizations", Platform, ""),
    row("create_platform_organization", Platform, CREATION),
    row("show_platform_organization", Platform, ""),
    row("create_platform_import", Platform, IMPORT),
    row("show_platform_import", Platform, ""),
    row("list_imported_organizations", Platform, ""),
    row("mail_adoption_ticket", Platform, ""),
    row("create_user_import", Platform, USERS),
    row("show_user_import", Platform, ""),
    row("list_imported_users", Platform, ""),
    refused_row(
        "break_platform_organization_glass",
        Platform,
        GLASS,
        "invalid_request",
    ),
    refused_row("tell_first_admin_link", Platform, "", "not_found"),
    row("create_platform_sso_ticket", Platform, TICKET),
    row("revoke_platform_sso_ticket", Platform, ""),
    row("suspend_platform_organization", Platform, REASON),
    row("reinstate_platform_organization", Platform, REASON),
    row("show_platform_subscription", Platform, ""),
    row("comp_platform_subscription", Platform, COMP),
    row("extend_platform_subscription", Platform, EXTENSION),
    row("change_platform_subscription", Platform, SUPPORTED),
    refused_row(
        "move_platform_subscription",
        Platform,
        r#"{"to":"org_0000000000000000","reason":"UNIQUE"}"#,
        "invalid_request",
    ),
    row("show_individual_subscription", Platform, ""),
    row("comp_individual_subscription", Platform, PERSONAL_COMP),
    row("extend_individual_subscription", Platform, EXTENSION),
    row("change_individual_subscription", Platform, MONTHLY),
];

/// Panics for an operation without a row; `every_operation_has_a_row` says which.
pub(crate) fn fixture(operation: &str) -> &'static Fixture {
    let found = FIXTURES
        .iter()
        .find(|fixture| fixture.operation == operation);
    found.unwrap_or_else(|| panic!("{operation} has no row in tenant_isolation/fixtures.rs"))
}

#[test]
fn every_operation_has_a_row() {
    let documented: BTreeSet<&str> = operations().iter().map(|found| found.id.as_str()).collect();
    let listed: BTreeSet<&str> = FIXTURES.iter().map(|fixture| fixture.operation).collect();
    let uncovered: Vec<_> = documented.difference(&listed).collect();
    assert!(
        uncovered.is_empty(),
        "add these to tests/http/tenant_isolation/fixtures.rs: {uncovered:?}"
    );
    let gone: Vec<_> = listed.difference(&documented).collect();
    assert!(
        gone.is_empty(),
        "these operations are no more, take their rows out: {gone:?}"
    );
}
