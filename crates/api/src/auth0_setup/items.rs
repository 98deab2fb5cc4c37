//! What the product needs beside what the tenant has: an item for each thing, and what would make it right.

mod access;
mod actions;
mod applications;
mod bindings;
mod connections;
mod events;
mod export;
mod log;
mod login;
mod look;
mod surplus;

use std::fmt;

pub(super) use export::export;
use management::{Client, Collection, Error, Settings};
use serde_json::{Value, json};

use super::document::{Change, changes, patch};
use super::environment::Environment;
use super::found::{Found, NamedSettings, text};
use super::repair::Repair;
use super::target::Target;

/// When our Actions run.
pub(super) const TRIGGER: &str = "post-login";

pub(super) const SETTINGS: [NamedSettings; 6] = [
    ("prompts", Settings::Prompts),
    ("tenant", Settings::Tenant),
    ("branding", Settings::Branding),
    (BRUTE_FORCE, Settings::BruteForceProtection),
    (EMAIL_PROVIDER, Settings::EmailProvider),
    ("invitation mail", Settings::InvitationTemplate),
];

const BRUTE_FORCE: &str = "brute force protection";

/// Without one, Auth0 sends no wording but its own.
const EMAIL_PROVIDER: &str = "e-mail provider";

#[derive(Debug)]
pub(super) struct Item {
    what: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Right,
    Missing(Repair),
    Differs(Vec<Change>, Repair),
    /// On something that is to be made first.
    Waits(String),
    /// Auth0 is at it.
    Builds,
    /// For a person: what, and how to mend it.
    Wrong(String),
    /// It works, but not as it should for customers.
    Makeshift(String),
}

/// Whose secrets are still to be written again, each once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renewal {
    actions: bool,
    stream: bool,
}

impl Renewal {
    pub(super) fn of(wanted: bool) -> Self {
        Self {
            actions: wanted,
            stream: wanted,
        }
    }

    /// All repairs of this stage were made.
    pub(super) fn is_made(&mut self, stage: u8) {
        self.actions &= stage != super::repair::ACTIONS;
        self.stream &= stage != super::repair::LAST;
    }
}

pub(super) fn compare(
    found: &Found,
    target: &Target,
    environment: &Environment,
    renewal: Renewal,
) -> Vec<Item> {
    let mut items = Vec::new();
    items.extend(login::items(found, target));
    items.extend(applications::items(found, target));
    items.extend(connections::items(found, target));
    items.extend(access::items(found, target));
    items.extend(actions::items(found, target, renewal.actions));
    items.push(look::profile(found, target));
    items.push(events::item(found, target, environment, renewal.stream));
    items.extend(log::item(found, target, renewal.stream));
    items
}

impl Item {
    fn new(what: impl Into<String>, state: State) -> Self {
        Self {
            what: what.into(),
            state,
        }
    }

    /// One document of a collection, which may hold more than is wanted of it.
    fn of_document(
        what: String,
        collection: Collection,
        have: Option<&Value>,
        want: &Value,
        exact: &[&str],
    ) -> Self {
        let state = match have {
            None => State::Missing(Repair::Create(collection, want.clone())),
            Some(have) => {
                let id = text(have, collection.id_field()).to_owned();
                State::of_changes(changes(have, want, exact), |changes| {
                    Repair::Change(collection, id, changes)
                })
            }
        };
        Self::new(what, state)
    }

    pub(super) fn is_right(&self) -> bool {
        matches!(self.state, State::Right | State::Makeshift(_))
    }

    /// Whether only a person can mend it.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self.state, State::Wrong(_))
    }

    pub(super) fn waits(&self) -> bool {
        matches!(self.state, State::Builds)
    }

    fn repair(&self) -> Option<&Repair> {
        match &self.state {
            State::Missing(repair) | State::Differs(_, repair) => Some(repair),
            State::Right
            | State::Waits(_)
            | State::Builds
            | State::Wrong(_)
            | State::Makeshift(_) => None,
        }
    }

    pub(super) fn stage(&self) -> Option<u8> {
        self.repair().map(Repair::stage)
    }

    pub(super) async fn make(&self, client: &Client) -> Result<(), Error> {
        match self.repair() {
            Some(repair) => repair.make(client).await,
            None => Ok(()),
        }
    }

    pub(super) fn json(&self) -> Value {
        let mut item = json!({ "what": self.what, "state": self.state.word() });
        match &self.state {
            State::Differs(changes, _) => {
                item["changes"] = changes.iter().map(Change::json).collect();
            }
            State::Waits(why) | State::Wrong(why) | State::Makeshift(why) => {
                item["why"] = json!(why);
            }
            State::Right | State::Missing(_) | State::Builds => {}
        }
        item
    }
}

impl State {
    fn of_changes(changes: Vec<Change>, repair: impl FnOnce(Value) -> Repair) -> Self {
        if changes.is_empty() {
            return Self::Right;
        }
        let patch = patch(&changes);
        Self::Differs(changes, repair(patch))
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Right => "ok",
            Self::Missing(Repair::RemovePermissions { .. }) => "remove",
            Self::Missing(_) => "create",
            Self::Differs(..) => "change",
            Self::Waits(_) | Self::Builds => "wait",
            Self::Wrong(_) => "wrong",
            Self::Makeshift(_) => "note",
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:7} {}", self.state.word(), self.what)?;
        match &self.state {
            State::Right | State::Missing(_) => Ok(()),
            State::Differs(changes, _) => {
                for change in changes {
                    write!(f, "\n          {change}")?;
                }
                Ok(())
            }
            State::Waits(on) => write!(f, ": after {on}"),
            State::Builds => f.write_str(": Auth0 builds it"),
            State::Wrong(why) | State::Makeshift(why) => write!(f, ": {why}"),
        }
    }
}
