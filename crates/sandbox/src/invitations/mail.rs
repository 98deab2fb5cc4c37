//! The `user_invitation` letter, as plain text and as HTML in the organization's colours.

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use crate::mailbox::Mail;
use crate::tenant::{Invitation, Organization, Tenant};

const PRIMARY: &str = "#635dff";
const BACKGROUND: &str = "#f3f4f7";

pub(crate) fn mail(
    tenant: &Tenant,
    organization: &Organization,
    invitation: &Invitation,
    now: DateTime<Utc>,
) -> Mail {
    let letter = Letter::of(tenant, organization, invitation);
    Mail {
        at: now,
        to: invitation.invitee.clone(),
        template: "user_invitation".to_owned(),
        subject: format!("You have been invited to join {}", letter.organization),
        text: letter.text(),
        html: Some(letter.html(organization).into_string()),
        link: Some(invitation.invitation_url.clone()),
        message_id: None,
    }
}

struct Letter<'a> {
    /// One line each: they stand in a subject, and a line break there would begin another header.
    inviter: String,
    organization: String,
    application: String,
    expires: String,
    link: &'a str,
}

impl<'a> Letter<'a> {
    fn of(tenant: &Tenant, organization: &Organization, invitation: &'a Invitation) -> Self {
        let name = organization
            .display_name
            .as_ref()
            .unwrap_or(&organization.name);
        let application = tenant.clients.get(&invitation.client_id);
        Self {
            inviter: one_line(&invitation.inviter),
            organization: one_line(name),
            application: application
                .map(|client| one_line(&client.name))
                .unwrap_or_default(),
            expires: invitation.expires_at.format("%F %R UTC").to_string(),
            link: &invitation.invitation_url,
        }
    }

    fn text(&self) -> String {
        format!(
            "{} has invited you to join {} on {}.\n\nAccept the invitation:\n{}\n\nThe link works once, until {}. \
             If you did not expect it, ignore this email.\n",
            self.inviter, self.organization, self.application, self.link, self.expires
        )
    }

    fn html(&self, organization: &Organization) -> Markup {
        let branding = organization.branding.as_ref();
        let primary = color(branding, "primary").unwrap_or(PRIMARY);
        let background = color(branding, "page_background").unwrap_or(BACKGROUND);
        let logo = branding
            .and_then(|branding| branding.get("logo_url"))
            .and_then(Value::as_str);
        html! {
            (DOCTYPE)
            html lang="en" {
                head { meta charset="utf-8"; title { "You have been invited to join " (self.organization) } }
                body style=(format!("margin:0;padding:24px;background:{background};font-family:sans-serif;color:#1b1d22")) {
                    div style="max-width:480px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px" {
                        @if let Some(logo) = logo { img src=(logo) alt=(self.organization) height="48"; }
                        h1 style="font-size:20px" { "You have been invited to join " (self.organization) }
                        p { (self.inviter) " has invited you to join " (self.organization) " on " (self.application) "." }
                        p {
                            a href=(self.link) style=(format!("display:inline-block;padding:12px 24px;border-radius:4px;background:{primary};color:#ffffff;text-decoration:none")) {
                                "Accept the invitation"
                            }
                        }
                        p { "The link works once, until " (self.expires) ". If you did not expect it, ignore this email." }
                    }
                }
            }
        }
    }
}

/// The Management API has checked that it is `#` and hex digits, so it can stand in a style.
fn color<'a>(branding: Option<&'a Value>, name: &str) -> Option<&'a str> {
    branding?.get("colors")?.get(name)?.as_str()
}

/// Without what reorders or hides text, too: whoever set the name, the letter reads as it is.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
