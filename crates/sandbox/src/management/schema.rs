//! What a request body may look like, and the sentences Auth0 says when it does not.
//!
//! Auth0 validates with z-schema; the messages here are that library's.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// An object in a body. Properties that are not listed are refused unless it is `open`.
pub(crate) struct Schema {
    pub(crate) required: &'static [&'static str],
    pub(crate) properties: &'static [(&'static str, Kind)],
    pub(crate) open: bool,
}

pub(crate) enum Kind {
    /// Length in characters, both ends included.
    Text(usize, usize),
    Format(&'static str, fn(&str) -> bool),
    Pattern(&'static str, fn(&str) -> bool),
    OneOf(&'static [&'static str]),
    Boolean,
    Integer(i64, i64),
    /// Items, fewest and most.
    List(&'static Kind, usize, usize),
    Object(&'static Schema),
    /// An object whose `configuration` is of the kind that its `type` names.
    Configured(&'static [(&'static str, &'static Schema)]),
    /// A map of text to text (or null), with at most so many entries of at most 255 characters.
    Pairs(usize),
    AnyObject,
    Anything,
    OrNull(&'static Kind),
}

pub(crate) const TEXT: Kind = Kind::Text(0, usize::MAX);
pub(crate) const TEXTS: Kind = Kind::List(&TEXT, 0, usize::MAX);
/// Longest key and value of a metadata pair, in characters.
const LONGEST_PAIR: usize = 255;

impl Schema {
    pub(crate) fn check(&self, value: &Value) -> Result<(), Refusal> {
        let outcome = match value {
            Value::Object(fields) => self.check_fields("", fields),
            other => Err(Fault::new("", wrong_type("object", other))),
        };
        outcome.map_err(|fault| fault.refusal("Payload"))
    }

    /// Of an object within a body: that nothing is missing.
    pub(crate) fn check_required(
        &self,
        at: &str,
        fields: &Map<String, Value>,
    ) -> Result<(), Refusal> {
        self.required(at, fields)
            .map_err(|fault| fault.refusal("Payload"))
    }

    /// Of an object within a body: what it has, not what it lacks.
    pub(crate) fn check_known(&self, at: &str, fields: &Map<String, Value>) -> Result<(), Refusal> {
        self.known(at, fields)
            .map_err(|fault| fault.refusal("Payload"))
    }

    fn check_fields(&self, at: &str, fields: &Map<String, Value>) -> Result<(), Fault> {
        self.required(at, fields)?;
        self.known(at, fields)
    }

    fn required(&self, at: &str, fields: &Map<String, Value>) -> Result<(), Fault> {
        let missing = |name: &&&str| !fields.contains_key(**name);
        match self.required.iter().find(missing) {
            Some(name) => Err(Fault::new(at, format!("Missing required property: {name}"))),
            None => Ok(()),
        }
    }

    fn known(&self, at: &str, fields: &Map<String, Value>) -> Result<(), Fault> {
        let unknown: Vec<&str> = fields
            .keys()
            .map(String::as_str)
            .filter(|name| self.kind(name).is_none())
            .collect();
        if !self.open && !unknown.is_empty() {
            return Err(Fault::new(
                at,
                format!("Additional properties not allowed: {}", unknown.join(",")),
            ));
        }
        for (name, value) in fields {
            if let Some(kind) = self.kind(name) {
                kind.check(&under(at, name), value)?;
            }
        }
        Ok(())
    }

    fn kind(&self, name: &str) -> Option<&Kind> {
        self.properties
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| kind)
    }
}

impl Kind {
    /// One item of a body that is a bare array.
    pub(crate) fn check_body(&self, value: &Value) -> Result<(), Refusal> {
        self.check("", value)
            .map_err(|fault| fault.refusal("Payload"))
    }

    fn check(&self, at: &str, value: &Value) -> Result<(), Fault> {
        match (self, value) {
            (Self::Anything, _)
            | (Self::OrNull(_), Value::Null)
            | (Self::Boolean, Value::Bool(_)) => Ok(()),
            (Self::AnyObject, Value::Object(_)) => Ok(()),
            (Self::OrNull(kind), _) => kind.check(at, value),
            (Self::Text(shortest, longest), Value::String(text)) => {
                length(at, text, *shortest, *longest)
            }
            (Self::Format(name, valid), Value::String(text)) => test(valid(text), at, || {
                format!("Object didn't pass validation for format {name}: {text}")
            }),
            (Self::Pattern(pattern, valid), Value::String(text)) => test(valid(text), at, || {
                format!("String does not match pattern {pattern}: {text}")
            }),
            (Self::OneOf(words), Value::String(text)) => {
                test(words.contains(&text.as_str()), at, || {
                    format!("No enum match for: {text}")
                })
            }
            (Self::Integer(least, most), Value::Number(number)) => {
                integer(at, number, *least, *most)
            }
            (Self::List(kind, fewest, most), Value::Array(items)) => {
                list(at, kind, items, *fewest, *most)
            }
            (Self::Object(schema), Value::Object(fields)) => schema.check_fields(at, fields),
            (Self::Configured(kinds), Value::Object(fields)) => configured(at, kinds, fields),
            (Self::Pairs(most), Value::Object(pairs)) => check_pairs(at, pairs, *most),
            (kind, other) => Err(Fault::new(at, wrong_type(kind.name(), other))),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Text(..) | Self::Format(..) | Self::Pattern(..) | Self::OneOf(_) => "string",
            Self::Boolean => "boolean",
            Self::Integer(..) => "integer",
            Self::List(..) => "array",
            Self::Object(_)
            | Self::Configured(_)
            | Self::Pairs(_)
            | Self::AnyObject
            | Self::Anything => "object",
            Self::OrNull(kind) => kind.name(),
        }
    }
}

struct Fault {
    at: String,
    says: String,
}

impl Fault {
    fn new(at: &str, says: String) -> Self {
        Self {
            at: at.to_owned(),
            says,
        }
    }

    fn refusal(self, part: &str) -> Refusal {
        // With a property the sentence ends in its name, without one in a full stop; Auth0 does the same.
        Refusal::body(match self.at.as_str() {
            "" => format!("{part} validation error: '{}'.", self.says),
            at => format!("{part} validation error: '{}' on property {at}.", self.says),
        })
    }
}

fn under(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    }
}

fn test(holds: bool, at: &str, says: impl FnOnce() -> String) -> Result<(), Fault> {
    if holds {
        Ok(())
    } else {
        Err(Fault::new(at, says()))
    }
}

fn length(at: &str, text: &str, shortest: usize, longest: usize) -> Result<(), Fault> {
    let chars = text.chars().count();
    test(chars >= shortest, at, || {
        format!("String is too short ({chars} chars), minimum {shortest}")
    })?;
    test(chars <= longest, at, || {
        format!("String is too long ({chars} chars), maximum {longest}")
    })
}

fn integer(at: &str, number: &serde_json::Number, least: i64, most: i64) -> Result<(), Fault> {
    let Some(value) = number.as_i64() else {
        return Err(Fault::new(
            at,
            "Expected type integer but found type number".to_owned(),
        ));
    };
    test(value >= least, at, || {
        format!("Value {value} is less than minimum {least}")
    })?;
    test(value <= most, at, || {
        format!("Value {value} is greater than maximum {most}")
    })
}

fn list(at: &str, kind: &Kind, items: &[Value], fewest: usize, most: usize) -> Result<(), Fault> {
    let count = items.len();
    test(count >= fewest, at, || {
        format!("Array is too short ({count}), minimum {fewest}")
    })?;
    test(count <= most, at, || {
        format!("Array is too long ({count}), maximum {most}")
    })?;
    items
        .iter()
        .enumerate()
        .try_for_each(|(index, item)| kind.check(&under(at, &index.to_string()), item))
}

fn configured(
    at: &str,
    kinds: &[(&str, &'static Schema)],
    fields: &Map<String, Value>,
) -> Result<(), Fault> {
    const SHAPE: Schema = Schema {
        required: &["type", "configuration"],
        properties: &[("type", TEXT), ("configuration", Kind::AnyObject)],
        open: false,
    };
    SHAPE.check_fields(at, fields)?;
    let named = fields["type"].as_str().unwrap_or_default();
    match kinds.iter().find(|(kind, _)| *kind == named) {
        Some((_, schema)) => {
            let at = under(at, "configuration");
            Kind::Object(schema).check(&at, &fields["configuration"])
        }
        None => Err(Fault::new(
            &under(at, "type"),
            format!("No enum match for: {named}"),
        )),
    }
}

fn check_pairs(at: &str, pairs: &Map<String, Value>, most: usize) -> Result<(), Fault> {
    let count = pairs.len();
    test(count <= most, at, || {
        format!("Too many properties defined ({count}), maximum {most}")
    })?;
    for (key, value) in pairs {
        length(at, key, 0, LONGEST_PAIR)?;
        Kind::OrNull(&Kind::Text(0, LONGEST_PAIR)).check(&under(at, key), value)?;
    }
    Ok(())
}

fn wrong_type(expected: &str, found: &Value) -> String {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!("Expected type {expected} but found type {found}")
}
