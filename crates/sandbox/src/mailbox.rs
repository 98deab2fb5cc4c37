//! The e-mails the tenant would have sent.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// The oldest fall out.
const KEPT: usize = 500;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mail {
    pub(crate) at: DateTime<Utc>,
    pub(crate) to: String,
    /// Auth0's template name, e.g. `verify_email` or `user_invitation`; `smtp` for what somebody sent by SMTP.
    pub(crate) template: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    /// The same for mail programs that show more than text; not every template has it.
    pub(crate) html: Option<String>,
    /// Where the one button of the e-mail leads.
    pub(crate) link: Option<String>,
    /// Of what somebody sent by SMTP.
    pub(crate) message_id: Option<String>,
}

#[derive(Default)]
pub(crate) struct Mailbox(Mutex<VecDeque<Mail>>);

impl Mailbox {
    pub(crate) fn deliver(&self, mail: Mail) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.push_front(mail);
        mails.truncate(KEPT);
    }

    /// Newest first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
