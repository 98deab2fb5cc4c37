//! What one entry of the log is about, and which categories a stream of logs may filter by.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::LogEntry;
use crate::tenant::Tenant;

/// All but the type is optional.
#[derive(Default)]
pub(crate) struct LogFacts<'a> {
    /// Auth0's code, such as `s` or `fp`.
    pub(crate) kind: &'static str,
    pub(crate) description: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) connection: &'a str,
    pub(crate) user_id: &'a str,
    /// What they typed, where there is no account.
    pub(crate) user_name: Option<&'a str>,
    pub(crate) organization: Option<&'a str>,
    pub(crate) details: Value,
}

impl Tenant {
    pub(crate) fn log_facts(&mut self, facts: LogFacts<'_>, at: DateTime<Utc>) {
        let organization = facts.organization.and_then(|id| self.organizations.get(id));
        let user = self.users.get(facts.user_id);
        let known_as = user.and_then(|user| user.email.clone());
        let entry = LogEntry {
            log_id: String::new(),
            date: at.to_rfc3339_opts(SecondsFormat::Millis, true),
            kind: facts.kind.to_owned(),
            description: facts.description.to_owned(),
            client_id: facts.client_id.to_owned(),
            connection: facts.connection.to_owned(),
            user_id: facts.user_id.to_owned(),
            user_name: known_as.or_else(|| facts.user_name.map(str::to_owned)),
            organization_id: facts.organization.unwrap_or_default().to_owned(),
            organization_name: organization
                .map(|organization| organization.name.clone())
                .unwrap_or_default(),
            details: match facts.details {
                Value::Null => json!({}),
                details => details,
            },
        };
        self.log.write(entry, at);
    }

    /// A member was made by an invitation or by a connection that makes members; the API's own additions are not told.
    pub(crate) fn log_member_added(
        &mut self,
        organization: &str,
        user_id: &str,
        reason: &'static str,
        at: DateTime<Utc>,
    ) {
        let facts = LogFacts {
            kind: "organization_member_added",
            description: "Added a member to an organization",
            user_id,
            organization: Some(organization),
            details: json!({ "reason": reason }),
            ..LogFacts::default()
        };
        self.log_facts(facts, at);
    }
}

/// What `filters` of a log stream name.
pub(crate) const CATEGORIES: [&str; 20] = [
    "auth.login.fail",
    "auth.login.notification",
    "auth.login.success",
    "auth.logout.fail",
    "auth.logout.success",
    "auth.signup.fail",
    "auth.signup.success",
    "auth.silent_auth.fail",
    "auth.silent_auth.success",
    "auth.token_exchange.fail",
    "auth.token_exchange.success",
    "management.fail",
    "management.success",
    "scim.event",
    "system.notification",
    "user.fail",
    "user.notification",
    "user.success",
    "actions",
    "other",
];

pub(super) fn category(kind: &str) -> &'static str {
    match kind {
        "s" => "auth.login.success",
        "f" | "fp" | "fu" => "auth.login.fail",
        "slo" => "auth.logout.success",
        "ss" => "auth.signup.success",
        "fs" => "auth.signup.fail",
        "ssa" => "auth.silent_auth.success",
        "fsa" => "auth.silent_auth.fail",
        "seacft" | "sertft" | "seccft" => "auth.token_exchange.success",
        "feacft" | "fertft" | "ferrt" | "feccft" => "auth.token_exchange.fail",
        "sapi" => "management.success",
        "sscim" | "fscim" => "scim.event",
        "sdu" | "si" => "user.success",
        "fi" => "user.fail",
        "api_limit" => "system.notification",
        _ => "other",
    }
}
