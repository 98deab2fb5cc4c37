//! The tenant's log: `/api/v2/logs`, following
//! [Retrieve logs](https://auth0.com/docs/deploy-monitor/logs/retrieve-log-events-using-mgmt-api).

use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::request::Request;

/// The most that Auth0 gives at once.
const TAKE: &str = "100";

/// What an entry says of an invitation; of the many other types, what they have in common.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct LogEntry {
    /// Where to go on reading; orders the log.
    pub log_id: String,
    /// For example `si`, an invitation accepted, or `fi`, one spoiled; the list grows.
    pub kind: String,
    /// Name of the connection that the user came through.
    pub connection: Option<String>,
    /// Whose entry it is.
    pub user_id: Option<String>,
    /// In which organization it happened.
    pub organization_id: Option<String>,
    /// What Auth0 calls the invitation.
    pub invitation_id: Option<String>,
}

/// Types that are not known are of any shape, so only the id has to be there: an entry that cannot be read would hold
/// up all that come after it.
impl TryFrom<Value> for LogEntry {
    type Error = &'static str;

    fn try_from(entry: Value) -> Result<Self, Self::Error> {
        let text = |pointer: &str| {
            let found = entry.pointer(pointer).and_then(Value::as_str);
            found.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Ok(Self {
            log_id: text("/log_id").ok_or("a log entry has no log_id")?,
            kind: text("/type").unwrap_or_default(),
            connection: text("/connection"),
            user_id: text("/user_id"),
            organization_id: text("/organization_id"),
            invitation_id: text("/details/invitation/id"),
        })
    }
}

/// Calls below `/logs`, all with scope `read:logs`, following
/// [Retrieve logs](https://auth0.com/docs/deploy-monitor/logs/retrieve-log-events-using-mgmt-api).
#[derive(Clone, Copy)]
pub struct Logs<'a>(pub(crate) &'a Client);

impl Logs<'_> {
    /// Up to 100 entries written after `log_id`, the oldest first; empty at the end of the log.
    pub async fn after(self, log_id: &str) -> Result<Vec<LogEntry>, Error> {
        let request = Request::get("logs", &[])?
            .query("from", log_id)
            .query("take", TAKE);
        self.0.fetch(&request).await
    }

    /// Up to 100 of the oldest entries that Auth0 still has.
    pub async fn oldest(self) -> Result<Vec<LogEntry>, Error> {
        let request = Request::get("logs", &[])?
            .query("sort", "date:1")
            .query("per_page", TAKE);
        self.0.fetch(&request).await
    }

    /// The entry written last.
    pub async fn newest(self) -> Result<Option<LogEntry>, Error> {
        let request = Request::get("logs", &[])?
            .query("sort", "date:-1")
            .query("per_page", "1");
        let mut newest: Vec<LogEntry> = self.0.fetch(&request).await?;
        Ok(newest.pop())
    }
}
