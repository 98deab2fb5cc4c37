//! The tenant's log: logins and their failures, invitations, and what the Management API has changed.

mod facts;

use std::collections::VecDeque;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Authenticated, Invitation, Tenant};

/// The oldest fall out.
const KEPT: usize = 2_000;

pub(crate) use facts::{CATEGORIES, LogFacts};

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Log {
    /// Oldest first.
    entries: VecDeque<LogEntry>,
    written: u64,
}

/// As `GET /logs` answers it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LogEntry {
    /// In the order of writing.
    pub(crate) log_id: String,
    date: String,
    #[serde(rename = "type")]
    kind: String,
    description: String,
    client_id: String,
    connection: String,
    user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    organization_id: String,
    organization_name: String,
    details: Value,
}

impl Log {
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &LogEntry> {
        self.entries.iter()
    }

    /// What was written after this entry. By the number in the id: the date in it goes back when the clock is set back.
    pub(crate) fn after(&self, log_id: &str) -> impl Iterator<Item = &LogEntry> {
        let known = number(log_id);
        self.entries
            .iter()
            .filter(move |entry| entry.number() > known)
    }

    /// How many there ever were.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// The place before the first entry of this time or later.
    pub(crate) fn place_at(&self, at: DateTime<Utc>) -> u64 {
        let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let first = self.entries.iter().find(|entry| entry.date >= at);
        first.map_or(self.written, |first| first.number() - 1)
    }

    fn write(&mut self, mut entry: LogEntry, at: DateTime<Utc>) {
        self.written += 1;
        // Auth0's ids begin with 900 and the date, and are as opaque as they look.
        entry.log_id = format!("900{}{:020}", at.format("%Y%m%d%H%M%S%3f"), self.written);
        self.entries.push_back(entry);
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
    }
}

fn number(log_id: &str) -> u64 {
    let digits = log_id.len().saturating_sub(20);
    log_id
        .get(digits..)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default()
}

impl LogEntry {
    /// Counts from 1.
    pub(crate) fn number(&self) -> u64 {
        number(&self.log_id)
    }

    pub(crate) fn category(&self) -> &'static str {
        facts::category(&self.kind)
    }
}

impl Tenant {
    /// `si` or `fi`: an invitation was accepted, or spoiled by the wrong account.
    pub(crate) fn log_invitation(
        &mut self,
        kind: &str,
        description: &str,
        (organization_id, invitation): (&str, &Invitation),
        who: &Authenticated,
        at: DateTime<Utc>,
    ) {
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let organization = self.organizations.get(organization_id);
        let user = self.users.get(&who.user_id);
        let entry = LogEntry {
            log_id: String::new(),
            date: text(at),
            kind: kind.to_owned(),
            description: description.to_owned(),
            client_id: invitation.client_id.clone(),
            connection: who.connection.clone(),
            user_id: who.user_id.clone(),
            user_name: user.and_then(|user| user.email.clone()),
            organization_id: organization_id.to_owned(),
            organization_name: organization
                .map(|organization| organization.name.clone())
                .unwrap_or_default(),
            details: json!({ "invitation": {
                "id": invitation.id, "ticket_id": invitation.ticket_id, "client_id": invitation.client_id,
                "invitee": { "email": invitation.invitee }, "inviter": { "name": invitation.inviter },
                "roles": invitation.roles.as_deref().unwrap_or_default(),
                "created_at": text(invitation.created_at), "expires_at": text(invitation.expires_at),
            } }),
        };
        self.log.write(entry, at);
    }
}
