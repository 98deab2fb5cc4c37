//! What a reminder says. Text alone; whatever a customer has chosen stands on one line.

use chrono_tz::Tz;
use domain::reminder::{Reminder, ReminderKind};
use domain::{TenantId, UserId};

use crate::config::Config;
use crate::mail::Letter;
use crate::workflows::mailing::message_id;

pub(super) struct Facts<'a> {
    pub(super) reminder: Reminder,
    pub(super) tenant: &'a TenantId,
    pub(super) user: &'a UserId,
    pub(super) organization: Option<&'a str>,
    pub(super) zone: Tz,
    pub(super) config: &'a Config,
}

impl Facts<'_> {
    pub(super) fn to(&self, address: String) -> Letter {
        let (what, then) = self.words();
        let service = &self.config.service_name;
        let there = self.reminder.ends_at.with_timezone(&self.zone);
        let subject_day = there.format("%-d %B");
        let day = format!("{} ({})", there.format("%A, %-d %B %Y, %H:%M"), self.zone);
        let (subject, first) = match self.reminder.kind {
            ReminderKind::PaymentFailed => (
                format!("The payment for {what} failed"),
                format!(
                    "The last payment for {what} could not be collected. Everything works until {day}."
                ),
            ),
            _ => (
                format!("{} ends on {subject_day}", capitalized(&what)),
                format!("{} ends on {day}.", capitalized(&what)),
            ),
        };
        let url = &self.config.http.app_login_url;
        Letter {
            to: address,
            subject: format!("{service}: {subject}"),
            text: format!("Hello,\n\n{first} {then}\n\n{url}\n\n{service}\n"),
            id: self.id(),
        }
    }

    /// What it is about, and what happens then.
    fn words(&self) -> (String, &'static str) {
        let of = match self.organization {
            Some(name) => format!(" of {name}"),
            None => String::new(),
        };
        let your = if of.is_empty() { "your" } else { "the" };
        let read_only = "After that everything can still be read, and nothing is deleted.";
        match self.reminder.kind {
            ReminderKind::TrialEndsSoon | ReminderKind::TrialEndsTomorrow => {
                (format!("{your} trial{of}"), read_only)
            }
            ReminderKind::PlanEnds => (format!("{your} plan{of}"), read_only),
            ReminderKind::PaymentFailed => (
                format!("{your} plan{of}"),
                "Please look at the means of payment; it is tried again until then.",
            ),
            ReminderKind::GraceEnds => (
                format!("the time to pay for {your} plan{of}"),
                "After that everything can still be read, until the outstanding payment is made.",
            ),
        }
    }

    /// The same for the same reminder, and it tells nothing.
    fn id(&self) -> String {
        let named = format!(
            "{}\n{}\n{}\n{}",
            self.tenant,
            self.reminder.kind,
            self.reminder.ends_at.timestamp_millis(),
            self.user
        );
        message_id("reminder", &named)
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
