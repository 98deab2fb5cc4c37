//! Whom the provider is asked to vouch for, and what it is to say of them.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::login::Field;
use crate::tenant::Metadata;

#[derive(Deserialize)]
pub(super) struct Person {
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    /// `false` or empty says that nobody has proved the address.
    #[serde(default)]
    email_verified: String,
    #[serde(default)]
    name: String,
    /// Comma-separated.
    #[serde(default)]
    groups: String,
}

impl Person {
    /// None when there is nothing to know them by.
    pub(super) fn claims(&self) -> Option<Metadata> {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let username = filled(&self.username)?;
        let mut claims = Metadata::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("sub", json!(username));
        say("preferred_username", json!(username));
        if let Some(email) = filled(&self.email) {
            say("email", json!(email));
            say("email_verified", json!(self.email_verified == "true"));
        }
        if let Some(name) = filled(&self.name) {
            say("name", json!(name));
        }
        let groups: Vec<String> = self.groups.split(',').filter_map(filled).collect();
        if !groups.is_empty() {
            say("groups", json!(groups));
        }
        Some(claims)
    }
}

/// The page that asks for one; `action` takes what is typed, and `missing` says that the last time it was nobody.
pub(super) fn form(provider: &str, action: &str, missing: bool) -> Markup {
    let error = missing.then_some("Enter how the directory calls the person");
    html! {
        h1 { "Identity provider " (provider) }
        p { "Stands in for a customer's own. It says of a person whatever is typed." }
        form method="post" action=(action) novalidate {
            (Field::text("username", "User name", "UPN, sub or NameID: what never changes", error).render())
            (Field::text("email", "Email address", "May be empty, or not theirs", None).render())
            (Field::text("email_verified", "Is the address proved?", "true, or anything else for no", None).render())
            (Field::text("name", "Name", "As people read it", None).render())
            (Field::text("groups", "Groups", "With commas between them", None).render())
            button type="submit" { "Continue" }
        }
    }
}
