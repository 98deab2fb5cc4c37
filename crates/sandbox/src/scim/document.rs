//! A resource as JSON: what a path finds in it, and what it may show.

use serde_json::{Map, Value};

use super::attributes::{
    self, Attribute, ENTERPRISE, OF_ENTERPRISE, OF_GROUPS, OF_USERS, read_all,
};
use super::path::Path;
use super::refusal::Refusal;

/// Everything that `path` names, each with whether its case counts. A multi-valued attribute is all of its values.
pub(super) fn values<'a>(document: &'a Value, path: &Path) -> Vec<(&'a Value, bool)> {
    let (Some(name), Some(root)) = (
        &path.attribute,
        match path.is_enterprise {
            true => document.get(ENTERPRISE),
            false => Some(document),
        },
    ) else {
        return Vec::new();
    };
    let Some(found) = member(root, name) else {
        return Vec::new();
    };
    let items = match found {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let fits = |item: &&Value| {
        path.filter
            .as_ref()
            .is_none_or(|filter| filter.matches(item))
    };
    let leaf = |item: &'a Value| match (&path.part, item) {
        (Some(part), _) => member(item, part),
        (None, Value::Object(_)) => item.get("value"),
        (None, _) => Some(item),
    };
    let case_exact = is_case_exact(name);
    let leaves = items.iter().filter(fits).filter_map(leaf);
    leaves.map(|leaf| (leaf, case_exact)).collect()
}

fn member<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = of.as_object()?;
    let same = |(known, _): &(&'a String, &'a Value)| known.eq_ignore_ascii_case(name);
    fields
        .get(name)
        .or_else(|| fields.iter().find(same).map(|(_, value)| value))
}

/// Ids are; so are the values of `members`, which are ids.
fn is_case_exact(name: &str) -> bool {
    let known = attributes::find(OF_USERS, name).or_else(|| attributes::find(OF_GROUPS, name));
    let ids = known.is_some_and(|known| known.case_exact || known.name == "members");
    ids || name.eq_ignore_ascii_case("id")
}

/// What a client sent as a whole user. `keeps` says which attributes the connection's map has.
pub(super) fn read_user(
    sent: &Value,
    keeps: &dyn Fn(bool, &Attribute) -> bool,
) -> Result<Map<String, Value>, Refusal> {
    let sent = object(sent)?;
    let mut read = read_all(OF_USERS, sent.clone())?;
    let extension = sent
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(ENTERPRISE));
    if let Some((_, extension)) = extension {
        let extension = read_all(OF_ENTERPRISE, object(extension)?.clone())?;
        read.insert(ENTERPRISE.to_owned(), Value::Object(extension));
    }
    retain(&mut read, keeps);
    Ok(read)
}

/// Drops what is empty and what the connection's map does not have.
pub(super) fn retain(document: &mut Map<String, Value>, keeps: &dyn Fn(bool, &Attribute) -> bool) {
    if let Some(Value::Object(extension)) = document.get_mut(ENTERPRISE) {
        extension.retain(|name, value| {
            !is_empty(value)
                && attributes::find(OF_ENTERPRISE, name).is_some_and(|known| keeps(true, known))
        });
    }
    document.retain(|name, value| {
        !is_empty(value)
            && (name == ENTERPRISE
                || attributes::find(OF_USERS, name).is_some_and(|known| keeps(false, known)))
    });
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

pub(super) fn object(value: &Value) -> Result<&Map<String, Value>, Refusal> {
    value
        .as_object()
        .ok_or_else(|| Refusal::syntax("An object was expected"))
}

/// A request's body.
pub(super) fn json(body: &[u8]) -> Result<Value, Refusal> {
    let value = serde_json::from_slice(body);
    value.map_err(|_| Refusal::syntax("The body is not JSON"))
}
