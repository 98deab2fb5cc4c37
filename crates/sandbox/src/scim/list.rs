//! Lists: paging within bounds, and which attributes a resource shows.

use std::collections::HashMap;

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use super::attributes::ENTERPRISE;
use super::document;
use super::filter::{self, Filter};
use super::path::Path;
use super::refusal::{Answer, CONTENT_TYPE, Refusal};

/// Resources in one answer, whatever is asked for.
pub(super) const MOST: usize = 100;

/// What the query of a GET asks for.
pub(super) struct Query {
    filter: Option<Filter>,
    /// Counts from 1.
    start: usize,
    count: usize,
    show: Show,
}

/// `attributes` and `excludedAttributes`, by whole attributes.
pub(super) enum Show {
    All,
    Only(Vec<String>),
    AllBut(Vec<String>),
}

impl Query {
    pub(super) fn read(query: &HashMap<String, String>) -> Result<Self, Refusal> {
        let filter = query.get("filter").map(|text| filter::parse(text));
        Ok(Self {
            filter: filter.transpose()?,
            start: number(query, "startIndex", 1)?.max(1),
            count: number(query, "count", MOST)?.min(MOST),
            show: Show::read(query)?,
        })
    }

    /// The same in the body of a POST.
    pub(super) fn of_search(body: &[u8]) -> Result<Self, Refusal> {
        let sent = document::json(body)?;
        let mut query = HashMap::new();
        for (name, value) in document::object(&sent)? {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Array(names) => {
                    let names = names.iter().filter_map(Value::as_str);
                    names.collect::<Vec<_>>().join(",")
                }
                _ => continue,
            };
            query.insert(name.clone(), text);
        }
        query.remove("schemas");
        Self::read(&query)
    }

    pub(super) fn answer(&self, resources: impl Iterator<Item = Value>) -> Answer {
        let matching = |resource: &Value| {
            let filter = self.filter.as_ref();
            filter.is_none_or(|filter| filter.matches(resource))
        };
        let all: Vec<Value> = resources.filter(matching).collect();
        let total = all.len();
        let page = all.into_iter().skip(self.start - 1).take(self.count);
        let page: Vec<Value> = page.map(|resource| self.show.of(resource)).collect();
        Ok(HttpResponse::Ok()
            .content_type(CONTENT_TYPE)
            .json(listed(total, self.start, &page)))
    }
}

pub(super) fn listed(total: usize, start: usize, page: &[Value]) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": page.len(),
        "Resources": page,
    })
}

/// Less than nothing counts as nothing (RFC 7644, section 3.4.2.4), and no number is too large to be asked for.
fn number(query: &HashMap<String, String>, name: &str, otherwise: usize) -> Result<usize, Refusal> {
    let Some(text) = query.get(name) else {
        return Ok(otherwise);
    };
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::value(format!("{name} is a number")));
    }
    Ok(match text.starts_with('-') {
        true => 0,
        false => digits.parse().unwrap_or(usize::MAX),
    })
}

impl Show {
    pub(super) fn read(query: &HashMap<String, String>) -> Result<Self, Refusal> {
        let names = |text: &String| text.split(',').map(|name| top(name.trim())).collect();
        let only = query.get("attributes").map(names).transpose()?;
        let all_but = query.get("excludedAttributes").map(names).transpose()?;
        match (only, all_but) {
            (Some(_), Some(_)) => Err(Refusal::value(
                "attributes and excludedAttributes exclude each other",
            )),
            (Some(only), None) => Ok(Self::Only(only)),
            (None, Some(all_but)) => Ok(Self::AllBut(all_but)),
            (None, None) => Ok(Self::All),
        }
    }

    pub(super) fn of(&self, resource: Value) -> Value {
        let Value::Object(fields) = resource else {
            return resource;
        };
        let named = |names: &[String], field: &str| {
            names.iter().any(|name| name.eq_ignore_ascii_case(field))
        };
        let fields: Map<String, Value> = fields
            .into_iter()
            .filter(|(field, _)| match self {
                _ if field == "schemas" || field == "id" => true,
                Self::All => true,
                Self::Only(names) => named(names, field),
                Self::AllBut(names) => !named(names, field),
            })
            .collect();
        Value::Object(fields)
    }
}

fn top(name: &str) -> Result<String, Refusal> {
    let path = Path::parse(name)?;
    Ok(match path.attribute {
        Some(attribute) if !path.is_enterprise => attribute,
        _ => ENTERPRISE.to_owned(),
    })
}
