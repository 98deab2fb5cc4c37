//! As much of JSON Schema as the OpenAPI document uses: whether a body is what the document says, and nothing more.

use serde_json::{Map, Value};

/// What is wrong with the body, and where; None when it fits. A field that the schema does not name is wrong too.
pub(crate) fn mismatch(document: &Value, schema: &Value, body: &Value) -> Option<String> {
    let schema = Schema { document, schema };
    schema.mismatch(body, "$").or_else(|| schema.unnamed(body))
}

/// The fields of an object: name, whether it is required, and the JSON types that it may have.
pub(crate) fn fields(document: &Value, schema: &Value) -> Vec<(String, bool, Vec<String>)> {
    let schema = Schema { document, schema }.resolved();
    let required = schema.schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|names| names.contains(&name.into()));
    let properties = schema.schema["properties"]
        .as_object()
        .into_iter()
        .flatten();
    let field = |(name, of)| {
        let types = schema.with(of).types();
        (String::clone(name), is_required(name), types)
    };
    properties.map(field).collect()
}

#[derive(Clone, Copy)]
struct Schema<'a> {
    document: &'a Value,
    schema: &'a Value,
}

impl<'a> Schema<'a> {
    fn with(self, schema: &'a Value) -> Self {
        Self { schema, ..self }
    }

    /// Behind its reference.
    fn resolved(self) -> Self {
        match self.schema["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.trim_start_matches('#');
                let found = self.document.pointer(pointer);
                self.with(found.unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => self,
        }
    }

    fn parts(self, keyword: &str) -> impl Iterator<Item = Self> {
        let parts = self.schema[keyword].as_array().into_iter().flatten();
        parts.map(move |part| self.with(part).resolved())
    }

    fn mismatch(self, body: &Value, at: &str) -> Option<String> {
        let schema = self.resolved();
        if let Some(wrong) = schema
            .parts("allOf")
            .find_map(|part| part.mismatch(body, at))
        {
            return Some(wrong);
        }
        let mut choices = schema.parts("oneOf").peekable();
        if choices.peek().is_some() && !choices.any(|part| part.mismatch(body, at).is_none()) {
            return Some(format!("{at} is none of its choices: {body}"));
        }
        if !schema.has_type(body) || !schema.has_value(body) {
            return Some(format!("{at} is {body}, not {}", schema.schema));
        }
        match body {
            Value::Object(fields) => schema.in_fields(fields, at),
            Value::Array(items) => {
                let of = schema.with(&schema.schema["items"]);
                let mut items = items.iter().enumerate();
                items.find_map(|(index, item)| of.mismatch(item, &format!("{at}[{index}]")))
            }
            _ => None,
        }
    }

    fn has_type(self, body: &Value) -> bool {
        let fits = |name: &str| match name {
            "null" => body.is_null(),
            "boolean" => body.is_boolean(),
            "integer" => body.is_i64() || body.is_u64(),
            "number" => body.is_number(),
            "string" => body.is_string(),
            "array" => body.is_array(),
            "object" => body.is_object(),
            other => panic!("the document has the type {other}"),
        };
        match &self.schema["type"] {
            Value::String(name) => fits(name),
            Value::Array(names) => names.iter().filter_map(Value::as_str).any(fits),
            _ => true,
        }
    }

    fn types(self) -> Vec<String> {
        let schema = self.resolved();
        let mut types: Vec<String> = match &schema.schema["type"] {
            Value::String(name) => vec![name.clone()],
            Value::Array(names) => names
                .iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        };
        for keyword in ["allOf", "oneOf"] {
            types.extend(schema.parts(keyword).flat_map(Self::types));
        }
        types
    }

    fn has_value(self, body: &Value) -> bool {
        let allowed = self.schema["enum"].as_array();
        allowed.is_none_or(|allowed| allowed.contains(body))
    }

    fn in_fields(self, fields: &Map<String, Value>, at: &str) -> Option<String> {
        let required = self.schema["required"].as_array().into_iter().flatten();
        let mut required = required.filter_map(Value::as_str);
        if let Some(missing) = required.find(|name| !fields.contains_key(*name)) {
            return Some(format!("{at} has no {missing}"));
        }
        let properties = self.schema["properties"].as_object().into_iter().flatten();
        let mut present = properties.filter_map(|(name, of)| Some((name, of, fields.get(name)?)));
        present.find_map(|(name, of, value)| {
            let inner = self.with(of);
            let at = format!("{at}.{name}");
            inner.mismatch(value, &at).or_else(|| inner.unnamed(value))
        })
    }

    /// A field that no part of the schema names.
    fn unnamed(self, body: &Value) -> Option<String> {
        let schema = self.resolved();
        if let Value::Array(items) = body {
            let of = schema.with(&schema.schema["items"]);
            return items.iter().find_map(|item| of.unnamed(item));
        }
        let names = schema.names();
        let mut fields = body.as_object().into_iter().flatten();
        let extra = fields.find(|(name, _)| !names.is_empty() && !names.contains(&name.as_str()));
        extra.map(|(name, _)| format!("{name} is not in the document"))
    }

    fn names(self) -> Vec<&'a str> {
        let own = self.schema["properties"].as_object().into_iter().flatten();
        let mut names: Vec<&str> = own.map(|(name, _)| name.as_str()).collect();
        for keyword in ["allOf", "oneOf"] {
            names.extend(self.parts(keyword).flat_map(Self::names));
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fits(body: &Value) -> bool {
        let document = json!({ "components": { "schemas": {
            "Inner": { "type": "object", "required": ["a"], "properties": { "a": { "type": "integer" } } },
        } } });
        let schema = json!({
            "type": "object",
            "required": ["list", "maybe"],
            "properties": {
                "list": { "type": "array", "items": { "$ref": "#/components/schemas/Inner" } },
                "maybe": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Inner" }] },
                "text": { "type": ["string", "null"], "enum": ["x", null] },
            },
        });
        mismatch(&document, &schema, body).is_none()
    }

    #[test]
    fn a_body_that_is_as_described_fits() {
        assert!(fits(
            &json!({ "list": [{ "a": 1 }], "maybe": null, "text": "x" })
        ));
        assert!(fits(&json!({ "list": [], "maybe": { "a": 2 } })));
    }

    #[test]
    fn missing_other_and_more_fields_do_not() {
        for body in [
            json!({ "list": [] }),
            json!({ "list": [{ "a": "1" }], "maybe": null }),
            json!({ "list": [{ "a": 1, "b": 1 }], "maybe": null }),
            json!({ "list": [], "maybe": { "a": 1, "b": 1 } }),
            json!({ "list": [], "maybe": 1 }),
            json!({ "list": [], "maybe": null, "text": "y" }),
            json!({ "list": [], "maybe": null, "more": 1 }),
            json!([]),
        ] {
            assert!(!fits(&body), "{body}");
        }
    }
}
