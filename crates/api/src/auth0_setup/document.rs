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

/// The body that makes these changes.
pub(super) fn patch(changes: &[Change]) -> Value {
    let fields = changes
        .iter()
        .map(|change| (change.field.clone(), change.to.clone()));
    Value::Object(fields.collect())
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
            change.insert("from".into(), self.from.clone());
            change.insert("to".into(), self.to.clone());
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
        if let (Value::Array(from), Value::Array(to)) = (from, to) {
            write!(f, "{field}:")?;
            for item in to.iter().filter(|item| !holds(from, item)) {
                write!(f, " +{}", shown(item.get("value").unwrap_or(item)))?;
            }
            for item in from.iter().filter(|item| !holds(to, item)) {
                write!(f, " -{}", shown(item))?;
            }
            return Ok(());
        }
        write!(f, "{field}: {} -> {}", shown(from), shown(to))
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
    fn no_secret_is_shown() {
        let want = json!({ "secrets": [{ "name": "A", "value": "s3cret" }] });
        let change = &changes(&json!({}), &want, &[])[0];
        assert!(!change.to_string().contains("s3cret"));
        assert!(!change.json().to_string().contains("s3cret"));
    }
}
