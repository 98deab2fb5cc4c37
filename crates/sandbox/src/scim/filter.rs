//! Filters, as far as Auth0 has them: `eq`, `and`, `or` and parentheses.
//! <https://auth0.com/docs/authenticate/protocols/scim/configure-inbound-scim>

use serde_json::Value;

use super::document;
use super::path::Path;
use super::refusal::Refusal;

/// Brackets and parentheses in each other.
const DEEPEST: usize = 8;
/// Bytes of a filter; identity providers send less than 300.
const LONGEST: usize = 4_096;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    Equal(Path, Value),
    Both(Box<Filter>, Box<Filter>),
    Either(Box<Filter>, Box<Filter>),
}

pub(super) fn parse(text: &str) -> Result<Filter, Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::filter("The filter is too long"));
    }
    nested(text, 0)
}

pub(super) fn nested(text: &str, depth: usize) -> Result<Filter, Refusal> {
    let mut reader = Reader {
        rest: text.trim_start(),
        depth,
    };
    let filter = reader.either()?;
    match reader.rest.trim().is_empty() {
        true => Ok(filter),
        false => Err(reader.unexpected()),
    }
}

impl Filter {
    pub(super) fn matches(&self, document: &Value) -> bool {
        match self {
            Self::Equal(path, wanted) => document::values(document, path)
                .into_iter()
                .any(|(value, case_exact)| equal(value, wanted, case_exact)),
            Self::Both(one, other) => one.matches(document) && other.matches(document),
            Self::Either(one, other) => one.matches(document) || other.matches(document),
        }
    }

    /// What a value that matches must have, for making one where there is none.
    pub(super) fn implied(&self) -> Vec<(&str, &Value)> {
        match self {
            Self::Equal(path, value) => {
                let name = path.attribute.as_deref();
                name.map(|name| (name, value)).into_iter().collect()
            }
            Self::Both(one, other) => [one.implied(), other.implied()].concat(),
            Self::Either(..) => Vec::new(),
        }
    }
}

pub(super) fn equal(value: &Value, wanted: &Value, case_exact: bool) -> bool {
    match (value, wanted) {
        (Value::String(value), Value::String(wanted)) if !case_exact => {
            value.to_lowercase() == wanted.to_lowercase()
        }
        // Entra ID writes "True".
        (Value::Bool(value), Value::String(wanted)) => {
            value.to_string().eq_ignore_ascii_case(wanted)
        }
        (value, wanted) => value == wanted,
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn either(&mut self) -> Result<Filter, Refusal> {
        let mut filter = self.both()?;
        while self.word("or") {
            filter = Filter::Either(Box::new(filter), Box::new(self.both()?));
        }
        Ok(filter)
    }

    fn both(&mut self) -> Result<Filter, Refusal> {
        let mut filter = self.one()?;
        while self.word("and") {
            filter = Filter::Both(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, Refusal> {
        if self.depth > DEEPEST {
            return Err(Refusal::filter("The filter is nested too deeply"));
        }
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest.trim_start();
            self.depth += 1;
            let filter = self.either()?;
            self.depth -= 1;
            let rest = self.rest.strip_prefix(')');
            self.rest = rest.ok_or_else(|| self.unexpected())?.trim_start();
            return Ok(filter);
        }
        let path = self.path()?;
        if !self.word("eq") {
            return Err(Refusal::filter("Supported operators are eq, and, or"));
        }
        Ok(Filter::Equal(path, self.value()?))
    }

    fn path(&mut self) -> Result<Path, Refusal> {
        let mut brackets = 0_usize;
        let mut quoted = false;
        let end = self.rest.find(|c: char| {
            match c {
                '"' => quoted = !quoted,
                '[' if !quoted => brackets += 1,
                ']' if !quoted => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            brackets == 0 && !quoted && (c.is_whitespace() || c == '(' || c == ')')
        });
        let (path, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        Path::nested(path, self.depth).map_err(|_| Refusal::filter("Not an attribute path"))
    }

    /// Takes a keyword, whatever its case.
    fn word(&mut self, word: &str) -> bool {
        let Some(head) = self.rest.get(..word.len()) else {
            return false;
        };
        let rest = &self.rest[word.len()..];
        let ends = rest.starts_with(|next: char| next.is_whitespace() || next == '(');
        if ends && head.eq_ignore_ascii_case(word) {
            self.rest = rest.trim_start();
            return true;
        }
        false
    }

    /// A JSON value (RFC 7644, figure 1).
    fn value(&mut self) -> Result<Value, Refusal> {
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<Value>();
        let value = match values.next() {
            Some(Ok(value)) if !value.is_object() && !value.is_array() => Some(value),
            _ => None,
        };
        let length = values.byte_offset();
        // Entra ID has been seen to write True.
        let (value, length) = match value {
            Some(value) => (value, length),
            None => ["true", "false"]
                .into_iter()
                .find(|word| {
                    let head = self.rest.get(..word.len());
                    head.is_some_and(|head| head.eq_ignore_ascii_case(word))
                })
                .map(|word| (Value::Bool(word == "true"), word.len()))
                .ok_or_else(|| self.unexpected())?,
        };
        self.rest = self.rest[length..].trim_start();
        Ok(value)
    }

    fn unexpected(&self) -> Refusal {
        let start: String = self.rest.chars().take(40).collect();
        Refusal::filter(format!("The filter cannot be read from here: {start}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_filters_of_entra_id_and_okta_find_a_user() {
        let user = json!({
            "userName": "Ada@Acme.example", "externalId": "00uA", "active": true,
            "emails": [{ "value": "a@acme.example", "type": "work", "primary": true }],
        });
        for (filter, found) in [
            (r#"userName eq "ada@acme.example""#, true),
            (r#"USERNAME EQ "ada@acme.example""#, true),
            (r#"externalId eq "00uA""#, true),
            (r#"externalId eq "00ua""#, false),
            (r#"emails[type eq "work"].value eq "a@acme.example""#, true),
            (r#"emails[type eq "home"].value eq "a@acme.example""#, false),
            (r#"emails.value eq "a@acme.example""#, true),
            (r#"emails[primary eq true].value eq "A@acme.example""#, true),
            (r#"userName eq "x" or externalId eq "00uA""#, true),
            (r#"userName eq "x" and externalId eq "00uA""#, false),
            (
                r#"(userName eq "x" or active eq True) and externalId eq "00uA""#,
                true,
            ),
            (
                r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@acme.example""#,
                true,
            ),
        ] {
            assert_eq!(parse(filter).unwrap().matches(&user), found, "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let deep = format!("{}userName eq \"x\"{}", "(".repeat(99), ")".repeat(99));
        let brackets = format!("{}value eq 1{}", "a[".repeat(99), "] eq 1".repeat(99));
        for filter in [
            "",
            "userName",
            r#"userName co "x""#,
            r#"userName eq"#,
            r#"userName eq "x" garbage"#,
            r#"userName eq "x"" or "a" eq "a"#,
            r#"' or 1=1 --"#,
            r#"userName eq {"$gt":""}"#,
            r#"emails[type eq "work".value eq "x""#,
            r#"userName eq "x" and"#,
            &deep,
            &brackets,
            &"x".repeat(100_000),
        ] {
            assert!(parse(filter).is_err(), "{filter}");
        }
    }
}
