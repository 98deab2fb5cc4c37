//! A document beside what is wanted of it, field by field.

use std::fmt;

use serde_json::{Map, Value, json};

/// Fields whose values are nobody's to read.
const SECRET: [&str; 4] = ["secrets", "destination", "sink", "client_secret"];
/// Characters of a value that are shown.
const SHOWN: usize = 120;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) field: String,
    from: Value,
    /// With what others keep in it.
    to: Value,
}

/// The fields of `want` that `have` does not fulfil. A list may hold more than is wanted, unless its field is among
/// `exact`; then it is a set.
pub(super) fn changes(have: &Value, want: &Value, exact: &[&str]) -> Vec<Change> {
    let fields = want.as_object().into_iter().flatten();
    let change = |(field, want): (&String, &Value)| {
        let from = have.get(field).cloned().unwrap_or(Value::Null);
        let to = merged(&from, want, exact.contains(&field.as_str()));
        (from != to).then(|| Change {
            field: field.clone(),
            from,
            to,
        })
    };
    fields.filter_map(change).collect()
}

/// Adds fields to a document.
pub(super) fn extend(document: &mut Value, more: Value) {
    if let (Value::Object(document), Value::Object(more)) = (document, more) {
        document.extend(more);
    }
}

/// The body that makes these changes.
pub(super) fn patch(changes: &[Change]) -> Value {
    let fields = changes
        .iter()
        .map(|change| (change.field.clone(), change.to.clone()));
    Value::Object(fields.collect())
}

/// What is wanted, as far as the tenant shows such fields: one that it does not have stands at its default, which is
/// ours.
pub(super) fn where_shown(have: &Value, want: &Value) -> Value {
    let Value::Object(fields) = want else {
        return want.clone();
    };
    let shown = |(name, want): (&String, &Value)| {
        let have = have.get(name).filter(|have| !have.is_null())?;
        Some((name.clone(), where_shown(have, want)))
    };
    let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    let shown = fields.iter().filter_map(shown);
    Value::Object(shown.filter(|(_, want)| !is_empty(want)).collect())
}

fn merged(have: &Value, want: &Value, is_exact: bool) -> Value {
    match (have, want) {
        (Value::Object(have), Value::Object(want)) => {
            let mut all = have.clone();
            for (name, want) in want {
                let known = have.get(name).unwrap_or(&Value::Null);
                all.insert(name.clone(), merged(known, want, is_exact));
            }
            Value::Object(all)
        }
        (Value::Array(have), Value::Array(want)) => {
            let missing = want.iter().filter(|item| !holds(have, item));
            let surplus = have.iter().any(|item| !holds(want, item));
            if is_exact && surplus {
                return json!(want);
            }
            have.iter().chain(missing).cloned().collect()
        }
        (_, want) => want.clone(),
    }
}

/// A permission of an API is the same one whatever its description says.
fn holds(list: &[Value], item: &Value) -> bool {
    let same = |known: &Value| match (known.get("value"), item.get("value")) {
        (Some(known), Some(wanted)) => known == wanted,
        _ => known == item,
    };
    list.iter().any(same)
}

impl Change {
    pub(super) fn json(&self) -> Value {
        let mut change = Map::new();
        change.insert("field".into(), json!(self.field));
        if !SECRET.contains(&self.field.as_str()) {
            let (from, to) = differing(&self.from, &self.to);
            change.insert("from".into(), from);
            change.insert("to".into(), to);
        }
        Value::Object(change)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, from, to } = self;
        if SECRET.contains(&field.as_str()) {
            let differs = if from.is_null() { "" } else { "differs, " };
            return write!(f, "{field}: {differs}is written again");
        }
        write!(f, "{field}: {}", difference(from, to))
    }
}

/// Of two objects what differs in them: the rest may be long, or nobody's to read.
fn differing(from: &Value, to: &Value) -> (Value, Value) {
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return (from.clone(), to.clone());
    };
    let (mut less, mut more) = (Map::new(), Map::new());
    for (name, to) in to {
        let from = from.get(name).unwrap_or(&Value::Null);
        if from != to {
            let (from, to) = differing(from, to);
            less.insert(name.clone(), from);
            more.insert(name.clone(), to);
        }
    }
    (Value::Object(less), Value::Object(more))
}

fn difference(from: &Value, to: &Value) -> String {
    match (from, to) {
        (Value::Array(from), Value::Array(to)) => {
            let added = to.iter().filter(|item| !holds(from, item));
            let added = added.map(|item| format!("+{}", shown(item.get("value").unwrap_or(item))));
            let gone = from.iter().filter(|item| !holds(to, item));
            let gone = gone.map(|item| format!("-{}", shown(item)));
            added.chain(gone).collect::<Vec<_>>().join(" ")
        }
        (Value::Object(from), Value::Object(to)) => {
            let value = |name: &str| from.get(name).unwrap_or(&Value::Null);
            let fields = to.iter().filter(|(name, to)| value(name) != *to);
            let fields = fields.map(|(name, to)| format!("{name} {}", difference(value(name), to)));
            fields.collect::<Vec<_>>().join(", ")
        }
        _ => format!("{} -> {}", shown(from), shown(to)),
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => "nothing".to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!(
            "{}… ({} bytes)",
            &text[..end].replace('\n', " "),
            text.len()
        ),
        None => text.replace('\n', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_keep_in_a_list_stays() {
        let have = json!({ "callbacks": ["https://theirs"], "name": "x" });
        let want = json!({ "callbacks": ["https://ours"] });
        let changes = changes(&have, &want, &[]);
        assert_eq!(
            patch(&changes),
            json!({ "callbacks": ["https://theirs", "https://ours"] })
        );
        assert_eq!(changes[0].to_string(), "callbacks: +https://ours");
    }

    #[test]
    fn an_exact_list_is_a_set() {
        let want = json!({ "scope": ["a", "b"] });
        assert_eq!(
            changes(&json!({ "scope": ["b", "a"] }), &want, &["scope"]),
            []
        );
        let wide = changes(&json!({ "scope": ["b", "a", "c"] }), &want, &["scope"]);
        assert_eq!(patch(&wide), want);
    }

    #[test]
    fn a_permission_with_another_description_is_there() {
        let have = json!({ "scopes": [{ "value": "a", "description": "theirs" }] });
        let want = json!({ "scopes": [{ "value": "a", "description": "ours" }] });
        assert_eq!(changes(&have, &want, &[]), []);
    }

    #[test]
    fn what_is_inside_an_object_is_merged() {
        let have = json!({ "refresh_token": { "leeway": 5, "rotation_type": "non-rotating" } });
        let want = json!({ "refresh_token": { "rotation_type": "rotating" } });
        let merged = patch(&changes(&have, &want, &[]));
        assert_eq!(
            merged,
            json!({ "refresh_token": { "leeway": 5, "rotation_type": "rotating" } })
        );
    }

    #[test]
    fn of_an_object_only_what_differs_is_shown() {
        let have =
            json!({ "options": { "password": "s3cret", "mfa": { "active": true, "late": 1 } } });
        let want = json!({ "options": { "mfa": { "late": 2 } } });
        let change = &changes(&have, &want, &[])[0];
        assert_eq!(change.to_string(), "options: mfa late 1 -> 2");
        assert_eq!(
            change.json(),
            json!({ "field": "options", "from": { "mfa": { "late": 1 } }, "to": { "mfa": { "late": 2 } } })
        );
    }

    #[test]
    fn what_a_tenant_does_not_show_is_not_wanted() {
        let want = json!({ "first": true, "jwt": { "alg": "RS256" }, "user": { "policy": "all" } });
        let have = json!({ "first": false, "jwt": { "lifetime": 5 }, "user": null });
        assert_eq!(where_shown(&have, &want), json!({ "first": true }));
    }

    #[test]
    fn no_secret_is_shown() {
        let want = json!({ "secrets": [{ "name": "A", "value": "s3cret" }] });
        let change = &changes(&json!({}), &want, &[])[0];
        assert!(!change.to_string().contains("s3cret"));
        assert!(!change.json().to_string().contains("s3cret"));
    }
}
