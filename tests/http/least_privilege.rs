//! Our clients at Auth0 hold a scope for a call that is made, and none besides. That what they hold is enough is proved
//! by every other test: its product has exactly this.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use api::auth0_setup::scopes;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn each_scope_is_that_of_a_call_that_is_made() {
    let product = sources("crates/api/src").into_iter();
    let product: Vec<String> = product
        .filter(|(path, _)| !path.contains("/dev"))
        .map(|(_, text)| text)
        .collect();
    let calls = calls();
    assert!(calls.len() > 60, "only {} calls", calls.len());
    let made = calls.iter().filter(|call| {
        let (resource, name) = (format!(".{}()", call.resource), format!(".{}(", call.name));
        let mut texts = product.iter();
        texts.any(|text| text.contains(&resource) && text.contains(&name))
    });
    let needed: BTreeSet<&str> = made
        .flat_map(|call| call.scopes.iter().map(String::as_str))
        .collect();
    let mut granted: BTreeSet<&str> = scopes::worker().into_iter().collect();
    granted.extend(scopes::PROVISIONING);
    assert_eq!(granted, needed);
}

/// Of the client of the Management API.
struct Call {
    /// What gives it, such as `organizations`.
    resource: String,
    name: String,
    /// As it documents them.
    scopes: Vec<String>,
}

fn calls() -> Vec<Call> {
    let sources = sources("crates/management/src");
    let client = sources
        .iter()
        .find(|(path, _)| path.ends_with("/client.rs"));
    let (_, client) = client.expect("the client");
    let files = sources.iter();
    files.flat_map(|(_, text)| calls_in(text, client)).collect()
}

/// What stands above a resource holds for all of its calls.
fn calls_in(text: &str, client: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let (mut resource, mut of_all) = (None, Vec::new());
    let mut documentation = Vec::new();
    for line in text.lines() {
        let code = line.trim();
        if let Some(says) = code.strip_prefix("///") {
            documentation.push(says);
            continue;
        }
        if code.starts_with('#') {
            continue;
        }
        let scopes = scopes_in(&documentation.join(" "));
        documentation.clear();
        let function = code
            .strip_prefix("pub ")
            .map(|code| code.trim_start_matches("async "));
        let name = function.and_then(|code| code.strip_prefix("fn ")?.split_once(['(', '<']));
        if code.ends_with("(pub(crate) &'a Client);") {
            of_all = scopes;
        } else if let Some(of) = line.strip_prefix("impl ") {
            let kind = of.split_once('<').map(|(kind, _)| kind);
            resource = kind.and_then(|kind| accessor(kind, client));
        } else if let (Some(resource), Some((name, _))) = (&resource, name) {
            calls.push(Call {
                resource: resource.clone(),
                name: name.to_owned(),
                scopes: scopes.into_iter().chain(of_all.clone()).collect(),
            });
        }
    }
    calls
}

/// The function of the client that gives a resource of this type.
fn accessor(kind: &str, client: &str) -> Option<String> {
    let gives = format!("(&self) -> {kind}<");
    let line = client.lines().find(|line| line.contains(&gives))?;
    let (name, _) = line.trim().strip_prefix("pub fn ")?.split_once('(')?;
    Some(name.to_owned())
}

/// `read:users` and the like, in marks of code.
fn scopes_in(documentation: &str) -> Vec<String> {
    let quoted = documentation.split('`').skip(1).step_by(2);
    let is_scope = |text: &&str| {
        let (verb, entity) = text.split_once(':').unwrap_or_default();
        ["read", "create", "update", "delete"].contains(&verb) && !entity.is_empty()
    };
    quoted.filter(is_scope).map(str::to_owned).collect()
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&Path::new(ROOT).join(folder), &mut found);
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push((path.display().to_string(), text));
        }
    }
}
