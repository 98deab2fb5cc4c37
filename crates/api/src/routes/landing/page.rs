//! The page as HTML. Everything in it is escaped; it works without its script too.

use chrono::{DateTime, Utc};
use domain::invitation::InviteeEmail;
use domain::{DisplayName, OrganizationName, TenantId};
use maud::{DOCTYPE, Markup, html};
use url::Url;

pub(super) enum Page {
    Open(Open),
    /// One for all links that lead nowhere.
    Closed,
    /// A login was refused.
    Refused,
    /// The answer to who is signed in; the script goes back to where it asked.
    Return,
}

pub(super) struct Landing<'a> {
    /// The issuer's address, ends in a slash.
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    /// Of this page, without a query: where the answer to who is signed in comes back to.
    pub(super) address: Url,
    pub(super) page: Page,
}

/// What an invitation that can be accepted shows.
pub(super) struct Open {
    pub(super) organization: DisplayName,
    pub(super) organization_name: OrganizationName,
    pub(super) organization_id: TenantId,
    pub(super) ticket: String,
    pub(super) email: InviteeEmail,
    pub(super) inviter: String,
    pub(super) expires_at: DateTime<Utc>,
    /// Bound to the organization's own identity provider.
    pub(super) own_login: bool,
}

impl Landing<'_> {
    pub(super) fn render(&self) -> Markup {
        let (name, title, content) = match &self.page {
            Page::Open(open) => (
                "open",
                format!("Join {}", open.organization),
                open.content(),
            ),
            Page::Closed => ("closed", "This link leads nowhere".to_owned(), closed()),
            Page::Refused => (
                "refused",
                "This link was opened as somebody else".to_owned(),
                refused(),
            ),
            Page::Return => ("return", "One moment".to_owned(), waiting()),
        };
        let invited = match &self.page {
            Page::Open(open) => open.masked(),
            Page::Closed | Page::Refused | Page::Return => String::new(),
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (title) }
                    link rel="stylesheet" href="/invitation/landing.css";
                    script type="module" src="/invitation/landing.js" {}
                }
                body data-page=(name) data-issuer=(self.issuer) data-client-id=(self.client_id)
                    data-address=(self.address) data-invited=(invited) {
                    main {
                        h1 { (title) }
                        (content)
                    }
                }
            }
        }
    }
}

impl Open {
    fn content(&self) -> Markup {
        let expires = self.expires_at.format("%-d %B %Y, %H:%M UTC");
        html! {
            p { strong { (self.inviter) } " has invited " strong { (self.masked()) } " to " (self.organization) "." }
            p id="who" role="status" hidden {}
            p { a class="button" href=(self.login()) { "Continue as " (self.masked()) } }
            @if self.own_login {
                p class="small" { "You sign in the way that " (self.organization) " has set up for its people." }
            } @else {
                p class="small" { "You sign in as the invited person, or choose a password if you are new here." }
            }
            p class="small" { "The link works once, until " (expires) ". If it is not meant for you, close this page." }
        }
    }

    /// Enough to recognize one's own.
    fn masked(&self) -> String {
        let email = self.email.as_ref();
        match (email.chars().next(), email.split_once('@')) {
            (Some(first), Some((_, domain))) => format!("{first}…@{domain}"),
            _ => "…".to_owned(),
        }
    }

    /// To the application by way of our login link, as the invited person whoever is signed in.
    fn login(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("organization", self.organization_id.as_str())
            .append_pair("invitation", &self.ticket)
            .append_pair("organization_name", self.organization_name.as_ref())
            .append_pair("login_hint", self.email.as_ref())
            .append_pair("prompt", "login")
            .finish();
        format!("/login?{query}")
    }
}

fn closed() -> Markup {
    html! {
        p { "An invitation can be used once, by the person whom it is for, until it ends or is taken back." }
        p { "Look for a newer e-mail with another link: when somebody else has opened yours, a new one is sent to the \
             invited address. Otherwise ask whoever invited you." }
    }
}

fn refused() -> Markup {
    html! {
        p { "The invitation is for somebody else than the account that you signed in with." }
        p { "If the link is used up now, a new one is on its way to the invited address: open it and sign in as the \
             invited person. You can close this page." }
    }
}

fn waiting() -> Markup {
    html! {
        noscript { p { "Please open the link in your e-mail again." } }
    }
}
