//! A JSON document as YAML that people can read and change: blocks for what holds something, JSON for the rest.

use serde_json::Value;

pub(super) fn text(document: &Value) -> String {
    let mut text = lines(document).join("\n");
    text.push('\n');
    text
}

fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let fields = fields.iter();
            fields
                .flat_map(|(name, value)| field(name, value))
                .collect()
        }
        Value::Array(items) if !items.is_empty() => items.iter().flat_map(item).collect(),
        // JSON's scalars and its empty list and object are YAML's too.
        flat => vec![flat.to_string()],
    }
}

fn field(name: &str, value: &Value) -> Vec<String> {
    let name = Value::from(name);
    let mut inner = lines(value);
    if !is_block(value) {
        return vec![format!("{name}: {}", inner.remove(0))];
    }
    let mut all = vec![format!("{name}:")];
    all.extend(inner.iter().map(|line| format!("  {line}")));
    all
}

fn item(value: &Value) -> Vec<String> {
    let inner = lines(value).into_iter().enumerate();
    inner
        .map(|(at, line)| format!("{} {line}", if at == 0 { "-" } else { " " }))
        .collect()
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_hold_what_is_in_them() {
        let document = json!({
            "clients": [{ "callbacks": ["https://a.example/"], "name": "A: \"b\"" }, { "name": "yes" }],
            "none": [], "on": true, "prompts": { "identifier_first": true },
        });
        let expected = r#""clients":
  - "callbacks":
      - "https://a.example/"
    "name": "A: \"b\""
  - "name": "yes"
"none": []
"on": true
"prompts":
  "identifier_first": true
"#;
        assert_eq!(text(&document), expected);
    }
}
