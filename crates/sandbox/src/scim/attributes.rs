//! The attributes of RFC 7643 that the server knows: what a value of each must look like, and how the schemas show it.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::refusal::Refusal;

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(super) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Boolean,
    Reference,
    Complex(&'static [Attribute]),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) multi_valued: bool,
    required: bool,
    /// `userName`, which is compared without case.
    unique: bool,
    pub(super) case_exact: bool,
}

const fn of(name: &'static str, kind: Kind) -> Attribute {
    Attribute {
        name,
        kind,
        multi_valued: false,
        required: false,
        unique: false,
        case_exact: false,
    }
}

const fn text(name: &'static str) -> Attribute {
    of(name, Kind::Text)
}

const fn complex(name: &'static str, parts: &'static [Attribute]) -> Attribute {
    of(name, Kind::Complex(parts))
}

const fn many(name: &'static str, parts: &'static [Attribute]) -> Attribute {
    Attribute {
        multi_valued: true,
        ..complex(name, parts)
    }
}

const fn required(attribute: Attribute) -> Attribute {
    Attribute {
        required: true,
        ..attribute
    }
}

const fn exact(attribute: Attribute) -> Attribute {
    Attribute {
        case_exact: true,
        ..attribute
    }
}

const EXTERNAL_ID: Attribute = exact(text("externalId"));
const VALUES: &[Attribute] = &[
    text("value"),
    text("display"),
    text("type"),
    of("primary", Kind::Boolean),
];

pub(super) const OF_USERS: &[Attribute] = &[
    Attribute {
        unique: true,
        ..required(text("userName"))
    },
    EXTERNAL_ID,
    complex(
        "name",
        &[
            text("formatted"),
            text("familyName"),
            text("givenName"),
            text("middleName"),
            text("honorificPrefix"),
            text("honorificSuffix"),
        ],
    ),
    text("displayName"),
    text("nickName"),
    of("profileUrl", Kind::Reference),
    text("title"),
    text("userType"),
    text("preferredLanguage"),
    text("locale"),
    text("timezone"),
    of("active", Kind::Boolean),
    many("emails", VALUES),
    many("phoneNumbers", VALUES),
    many(
        "photos",
        &[
            of("value", Kind::Reference),
            text("display"),
            text("type"),
            of("primary", Kind::Boolean),
        ],
    ),
    many("roles", VALUES),
    many(
        "addresses",
        &[
            text("formatted"),
            text("streetAddress"),
            text("locality"),
            text("region"),
            text("postalCode"),
            text("country"),
            text("type"),
            of("primary", Kind::Boolean),
        ],
    ),
];

pub(super) const OF_ENTERPRISE: &[Attribute] = &[
    text("employeeNumber"),
    text("costCenter"),
    text("organization"),
    text("division"),
    text("department"),
    complex(
        "manager",
        &[
            text("value"),
            of("$ref", Kind::Reference),
            text("displayName"),
        ],
    ),
];

pub(super) const OF_GROUPS: &[Attribute] = &[
    required(text("displayName")),
    EXTERNAL_ID,
    many(
        "members",
        &[
            exact(text("value")),
            of("$ref", Kind::Reference),
            text("type"),
            text("display"),
        ],
    ),
];

/// Names are compared without case (RFC 7643, section 2.1).
pub(super) fn find(among: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    among
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

impl Attribute {
    pub(super) fn parts(&self) -> &'static [Attribute] {
        match self.kind {
            Kind::Complex(parts) => parts,
            Kind::Text | Kind::Boolean | Kind::Reference => &[],
        }
    }

    /// The value as it is kept: names as the schema writes them, booleans as booleans, none of several values twice
    /// (RFC 7643, section 2.4). `None` for nothing at all.
    pub(super) fn read(&self, sent: Value) -> Result<Option<Value>, Refusal> {
        if !self.multi_valued {
            return self.read_one(sent);
        }
        let items = match sent {
            Value::Null => return Ok(None),
            Value::Array(items) => items,
            one => vec![one],
        };
        let is_empty = items.is_empty();
        let (mut read, mut known) = (Vec::new(), HashSet::new());
        for item in items {
            let item = self.read_one(item)?;
            read.extend(item.filter(|item| known.insert(identity(item))));
        }
        Ok(Some(Value::Array(read)).filter(|_| !is_empty))
    }

    fn read_one(&self, sent: Value) -> Result<Option<Value>, Refusal> {
        Ok(match (self.kind, sent) {
            (_, Value::Null) => None,
            (Kind::Boolean, sent @ Value::Bool(_))
            | (Kind::Text | Kind::Reference, sent @ Value::String(_)) => Some(sent),
            // Entra ID sends "False".
            (Kind::Boolean, Value::String(word)) if word.eq_ignore_ascii_case("true") => {
                Some(Value::Bool(true))
            }
            (Kind::Boolean, Value::String(word)) if word.eq_ignore_ascii_case("false") => {
                Some(Value::Bool(false))
            }
            (Kind::Complex(parts), Value::Object(fields)) => {
                let read = read_all(parts, fields)?;
                Some(Value::Object(read)).filter(|read| *read != json!({}))
            }
            // Entra ID sends the manager's id alone.
            (Kind::Complex(parts), Value::String(id)) if find(parts, "value").is_some() => {
                Some(json!({ "value": id }))
            }
            _ => return Err(Refusal::value(format!("{} has another type", self.name))),
        })
    }

    pub(super) fn shown(&self) -> Value {
        let (kind, parts) = match self.kind {
            Kind::Text => ("string", None),
            Kind::Boolean => ("boolean", None),
            Kind::Reference => ("reference", None),
            Kind::Complex(parts) => ("complex", Some(parts)),
        };
        let mut shown = json!({
            "name": self.name,
            "type": kind,
            "multiValued": self.multi_valued,
            "description": self.name,
            "required": self.required,
            "mutability": "readWrite",
            "returned": "default",
        });
        match parts {
            Some(parts) => {
                shown["subAttributes"] = parts.iter().map(Attribute::shown).collect();
            }
            None if kind == "boolean" => {}
            None => {
                shown["caseExact"] = json!(self.case_exact || kind == "reference");
                shown["uniqueness"] = json!(if self.unique { "server" } else { "none" });
            }
        }
        if kind == "reference" {
            let types: &[&str] = match self.name {
                "$ref" => &["User"],
                _ => &["external"],
            };
            shown["referenceTypes"] = json!(types);
        }
        shown
    }
}

/// What is not known is left out.
pub(super) fn read_all(
    known: &'static [Attribute],
    sent: Map<String, Value>,
) -> Result<Map<String, Value>, Refusal> {
    let mut read = Map::new();
    for (name, value) in sent {
        let Some(attribute) = find(known, &name) else {
            continue;
        };
        if let Some(value) = attribute.read(value)? {
            read.insert(attribute.name.to_owned(), value);
        }
    }
    Ok(read)
}

/// By what one of several values is the same as another.
pub(super) fn identity(item: &Value) -> String {
    match (&item["value"], &item["type"]) {
        (Value::String(value), Value::String(kind)) if kind != "User" && kind != "Group" => {
            format!("{kind} {value}")
        }
        (Value::String(value), _) => value.clone(),
        _ => item.to_string(),
    }
}
