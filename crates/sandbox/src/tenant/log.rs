//! The tenant's log, as far as it says what Auth0 tells nowhere else: how invitations ended.

use std::collections::VecDeque;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Authenticated, Invitation, Tenant};

/// The oldest fall out.
const KEPT: usize = 1_000;

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
