//! PATCH (RFC 7644, section 3.5.2), with the liberties that Entra ID and Okta take: `Replace` with a capital, no path,
//! dotted names in a value without a path, `remove` with the values in the body, one value where a list is meant.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::attributes::{self, Attribute, ENTERPRISE, Kind, OF_ENTERPRISE, identity};
use super::document::{is_empty, object};
use super::filter::Filter;
use super::path::Path;
use super::refusal::Refusal;

/// Operations in one request.
const MOST_OPERATIONS: usize = 1_000;
const READ_ONLY: [&str; 3] = ["id", "meta", "groups"];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Replace,
    Remove,
}

pub(super) struct Operation<'a> {
    op: Op,
    path: Option<Path>,
    pub(super) value: Option<&'a Value>,
}

pub(super) fn operations(body: &Value) -> Result<Vec<Operation<'_>>, Refusal> {
    let fields = object(body)?;
    let listed = fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("operations"));
    let Some(listed) = listed.and_then(|(_, listed)| listed.as_array()) else {
        return Err(Refusal::syntax("Operations is missing"));
    };
    if listed.len() > MOST_OPERATIONS {
        return Err(Refusal::too_many("At most 1,000 operations"));
    }
    listed.iter().map(operation).collect()
}

fn operation(sent: &Value) -> Result<Operation<'_>, Refusal> {
    let word = sent["op"].as_str().unwrap_or_default();
    let op = match word.to_ascii_lowercase().as_str() {
        "add" => Op::Add,
        "replace" => Op::Replace,
        "remove" => Op::Remove,
        _ => return Err(Refusal::syntax("op is add, replace or remove")),
    };
    let path = match &sent["path"] {
        Value::Null => None,
        Value::String(path) if path.is_empty() => None,
        Value::String(path) => Some(Path::parse(path)?),
        _ => return Err(Refusal::path("path is a string")),
    };
    let value = sent.get("value").filter(|value| !value.is_null());
    Ok(Operation { op, path, value })
}

/// Changes `document`, whose attributes are `known`.
pub(super) fn apply(
    document: &mut Map<String, Value>,
    known: &'static [Attribute],
    operation: &Operation<'_>,
) -> Result<(), Refusal> {
    let Operation { op, path, value } = operation;
    match (op, path, value) {
        (Op::Remove, None, _) => Err(Refusal::no_target()),
        (Op::Remove, Some(path), value) => set(document, known, Op::Remove, path, *value),
        (_, _, None) => Err(Refusal::value("value is missing")),
        (op, Some(path), Some(value)) => set(document, known, *op, path, Some(value)),
        (op, None, Some(value)) => {
            for (name, value) in object(value)? {
                // Okta repeats the id of a group.
                if READ_ONLY.contains(&name.as_str()) || name == "schemas" {
                    continue;
                }
                set(document, known, *op, &Path::parse(name)?, Some(value))?;
            }
            Ok(())
        }
    }
}

pub(super) fn set(
    document: &mut Map<String, Value>,
    known: &'static [Attribute],
    op: Op,
    path: &Path,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    if !path.is_enterprise {
        return set_in(document, known, op, path, value);
    }
    if path.attribute.is_none() && op == Op::Remove {
        document.remove(ENTERPRISE);
        return Ok(());
    }
    let extension = document.entry(ENTERPRISE).or_insert_with(|| json!({}));
    let Value::Object(extension) = extension else {
        return Ok(());
    };
    match (&path.attribute, value) {
        (None, Some(value)) => {
            for (name, value) in object(value)? {
                set_in(
                    extension,
                    OF_ENTERPRISE,
                    op,
                    &Path::parse(name)?,
                    Some(value),
                )?;
            }
            Ok(())
        }
        _ => set_in(extension, OF_ENTERPRISE, op, path, value),
    }
}

fn set_in(
    fields: &mut Map<String, Value>,
    known: &'static [Attribute],
    op: Op,
    path: &Path,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let name = path.attribute.as_deref().unwrap_or_default();
    if READ_ONLY
        .iter()
        .any(|fixed| fixed.eq_ignore_ascii_case(name))
    {
        return Err(Refusal::mutability(name));
    }
    // What the attribute map does not have is ignored, as Auth0 does.
    let Some(attribute) = attributes::find(known, name) else {
        return Ok(());
    };
    if attribute.multi_valued {
        return several(fields, attribute, op, path, value);
    }
    let Some(part) = &path.part else {
        return single(fields, attribute, op, value);
    };
    let Some(part) = attributes::find(attribute.parts(), part) else {
        return Ok(());
    };
    let whole = fields.entry(attribute.name).or_insert_with(|| json!({}));
    if let Value::Object(whole) = whole {
        put(whole, part, if op == Op::Remove { None } else { value })?;
    }
    Ok(())
}

fn single(
    fields: &mut Map<String, Value>,
    attribute: &Attribute,
    op: Op,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let value = value.filter(|_| op != Op::Remove);
    // Of a complex one only what is sent is replaced.
    if let (Kind::Complex(parts), Some(Value::Object(sent))) = (attribute.kind, value) {
        let whole = fields.entry(attribute.name).or_insert_with(|| json!({}));
        if let Value::Object(whole) = whole {
            whole.extend(attributes::read_all(parts, sent.clone())?);
        }
        return Ok(());
    }
    put(fields, attribute, value)
}

fn put(
    fields: &mut Map<String, Value>,
    attribute: &Attribute,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let read = value
        .map(|value| attribute.read(value.clone()))
        .transpose()?;
    match read.flatten() {
        Some(read) => fields.insert(attribute.name.to_owned(), read),
        None => fields.remove(attribute.name),
    };
    Ok(())
}

/// A multi-valued attribute.
fn several(
    fields: &mut Map<String, Value>,
    attribute: &Attribute,
    op: Op,
    path: &Path,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let mut items = match fields.remove(attribute.name) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let fits = |item: &Value| {
        path.filter
            .as_ref()
            .is_none_or(|filter| filter.matches(item))
    };
    let part = path.part.as_deref();
    let part = match part.map(|part| attributes::find(attribute.parts(), part)) {
        Some(None) => None,
        Some(Some(part)) => Some(part),
        None if path.filter.is_none() => {
            whole(&mut items, attribute, op, value)?;
            return keep(fields, attribute, items);
        }
        None => None,
    };
    match (op, part) {
        (Op::Remove, None) => items.retain(|item| !fits(item)),
        (_, part) => {
            if op != Op::Remove && !items.iter().any(&fits) {
                items.push(made_for(attribute, path.filter.as_deref())?);
            }
            for item in items.iter_mut().filter(|item| fits(item)) {
                change(item, attribute, part, op, value)?;
            }
        }
    }
    keep(fields, attribute, items)
}

/// One of several values: a part of it, or what is sent of it.
fn change(
    item: &mut Value,
    attribute: &Attribute,
    part: Option<&'static Attribute>,
    op: Op,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let Value::Object(item) = item else {
        return Ok(());
    };
    match (part, value) {
        (Some(part), value) => put(item, part, value.filter(|_| op != Op::Remove)),
        (None, Some(Value::Object(sent))) => {
            item.extend(attributes::read_all(attribute.parts(), sent.clone())?);
            Ok(())
        }
        (None, _) => Err(Refusal::value(format!("{} is an object", attribute.name))),
    }
}

/// Entra ID sets `emails[type eq "work"].value` whether or not there is such an address.
fn made_for(attribute: &Attribute, filter: Option<&Filter>) -> Result<Value, Refusal> {
    let mut made = Map::new();
    for (name, value) in filter.map(Filter::implied).unwrap_or_default() {
        if let Some(part) = attributes::find(attribute.parts(), name) {
            put(&mut made, part, Some(value))?;
        }
    }
    Ok(Value::Object(made))
}

/// All values at once, or with `remove` the ones in the body.
fn whole(
    items: &mut Vec<Value>,
    attribute: &Attribute,
    op: Op,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let read = value
        .map(|value| attribute.read(value.clone()))
        .transpose()?;
    let sent = match read.flatten() {
        Some(Value::Array(sent)) => sent,
        _ => Vec::new(),
    };
    match op {
        Op::Replace => items.clear(),
        Op::Remove if sent.is_empty() => items.clear(),
        Op::Remove => {
            let gone: HashSet<String> = sent.iter().map(identity).collect();
            items.retain(|item| !gone.contains(&identity(item)));
            return Ok(());
        }
        Op::Add => {}
    }
    if sent.iter().any(|item| item["primary"] == true) {
        for item in items.iter_mut().filter(|item| item["primary"] == true) {
            item["primary"] = json!(false);
        }
    }
    let mut known: HashSet<String> = items.iter().map(identity).collect();
    for item in sent {
        if known.insert(identity(&item)) {
            items.push(item);
        }
    }
    Ok(())
}

fn keep(
    fields: &mut Map<String, Value>,
    attribute: &Attribute,
    mut items: Vec<Value>,
) -> Result<(), Refusal> {
    items.retain(|item| !is_empty(item));
    if !items.is_empty() {
        fields.insert(attribute.name.to_owned(), Value::Array(items));
    }
    Ok(())
}
