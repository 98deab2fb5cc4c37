//! Query strings, read as strictly as Auth0 reads them.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;
use serde_json::{Map, Value};

use super::refusal::Refusal;

pub(super) struct Query(Vec<(String, String)>);

impl FromRequest for Query {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = serde_urlencoded::from_str(request.query_string());
        ready(
            pairs
                .map(Self)
                .map_err(|_| Refusal::query("Query validation error: 'Invalid query string'.")),
        )
    }
}

impl Query {
    /// Refuses parameters that the endpoint does not have.
    pub(super) fn only(&self, known: &[&[&str]]) -> Result<(), Refusal> {
        let known = |name: &str| known.iter().any(|names| names.contains(&name));
        match self
            .0
            .iter()
            .find(|(name, _)| !known(name.trim_end_matches("[]")))
        {
            None => Ok(()),
            Some((name, _)) => Err(Refusal::query(format!(
                "Query validation error: 'Additional properties not allowed: {name}'."
            ))),
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A list parameter, repeated as `name=a&name=b` or `name[]=a`.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = move |known: &str| known.trim_end_matches("[]") == name;
        self.0
            .iter()
            .filter(move |(known, _)| same(known))
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(invalid("Expected type boolean but found type string", name)),
        }
    }

    pub(super) fn number(
        &self,
        name: &str,
        least: usize,
        most: usize,
    ) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let value: i64 = text
            .parse()
            .map_err(|_| invalid("Expected type integer but found type string", name))?;
        let at_least = i64::try_from(least).unwrap_or(i64::MAX);
        let at_most = i64::try_from(most).unwrap_or(i64::MAX);
        if value < at_least {
            return Err(invalid(
                &format!("Value {value} is less than minimum {least}"),
                name,
            ));
        }
        if value > at_most {
            return Err(invalid(
                &format!("Value {value} is greater than maximum {most}"),
                name,
            ));
        }
        Ok(usize::try_from(value).ok())
    }

    /// `fields` and `include_fields`.
    pub(super) fn selection(&self, known: &[&str]) -> Result<Selection, Refusal> {
        let include = self.flag("include_fields")?.unwrap_or(true);
        let Some(text) = self.text("fields") else {
            return Ok(Selection {
                names: Vec::new(),
                include: false,
            });
        };
        let names: Vec<String> = text.split(',').map(str::to_owned).collect();
        if !known.is_empty() && !names.iter().all(|name| known.contains(&name.as_str())) {
            let known = known.join(",");
            return Err(invalid(
                &format!(
                    "String '{text}' does not match pattern. Must be a comma separated list of the following values: {known}"
                ),
                "fields",
            ));
        }
        Ok(Selection { names, include })
    }
}

pub(super) const FIELDS: &[&str] = &["fields", "include_fields"];

pub(super) fn invalid(says: &str, name: &str) -> Refusal {
    Refusal::query(format!(
        "Query validation error: '{says}' on property {name}."
    ))
}

/// Which top-level fields of each item are answered.
pub(super) struct Selection {
    names: Vec<String>,
    include: bool,
}

impl Selection {
    pub(super) fn of<T: Serialize>(&self, item: &T) -> Value {
        let value = serde_json::to_value(item).expect("wire structs have text keys");
        match value {
            Value::Object(fields) => Value::Object(self.pick(fields)),
            other => other,
        }
    }

    pub(super) fn names(&self, name: &str) -> bool {
        self.include && self.names.iter().any(|chosen| chosen == name)
    }

    fn pick(&self, fields: Map<String, Value>) -> Map<String, Value> {
        fields
            .into_iter()
            .filter(|(name, _)| self.names.contains(name) == self.include)
            .collect()
    }
}
