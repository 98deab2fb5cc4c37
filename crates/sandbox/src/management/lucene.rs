//! The part of the search syntax that people use: `field:value`, quotes, a trailing `*`, `AND`, `OR`, `NOT`, and
//! `_exists_:field`. Grouping and ranges are refused rather than misread.

use serde_json::Value;

use crate::management::query::invalid;
use crate::management::refusal::Refusal;

/// One of these must hold, and in it all terms.
#[derive(Debug)]
pub(super) struct Search(Vec<Vec<Term>>);

#[derive(Debug)]
struct Term {
    field: String,
    wanted: Wanted,
    negated: bool,
}

#[derive(Debug)]
enum Wanted {
    Exactly(String),
    Beginning(String),
    Anything,
}

impl Search {
    pub(super) fn matches(&self, document: &Value) -> bool {
        self.0
            .iter()
            .any(|terms| terms.iter().all(|term| term.matches(document)))
    }
}

impl Term {
    fn matches(&self, document: &Value) -> bool {
        let found = texts(document, &self.field);
        let holds = match &self.wanted {
            Wanted::Exactly(value) => found.iter().any(|text| text.eq_ignore_ascii_case(value)),
            Wanted::Beginning(start) => found
                .iter()
                .any(|text| text.to_lowercase().starts_with(&start.to_lowercase())),
            Wanted::Anything => !found.is_empty(),
        };
        holds != self.negated
    }
}

/// The values at a dotted path; arrays on the way are looked through.
pub(super) fn texts(value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(|item| texts(item, path)).collect(),
        Value::Object(fields) => match path.split_once('.') {
            Some((first, rest)) => fields
                .get(first)
                .map(|inner| texts(inner, rest))
                .unwrap_or_default(),
            None => fields
                .get(path)
                .map(|inner| texts(inner, ""))
                .unwrap_or_default(),
        },
        Value::Null => Vec::new(),
        scalar if path.is_empty() => vec![
            scalar
                .as_str()
                .map_or_else(|| scalar.to_string(), str::to_owned),
        ],
        _ => Vec::new(),
    }
}

pub(super) fn parse(text: &str) -> Result<Search, Refusal> {
    let mut alternatives = vec![Vec::new()];
    let mut negated = false;
    for word in words(text)? {
        match word.as_str() {
            "AND" => {}
            "OR" => alternatives.push(Vec::new()),
            "NOT" => negated = true,
            _ => {
                let mut term = term(&word)?;
                term.negated ^= std::mem::take(&mut negated);
                alternatives.last_mut().expect("never empty").push(term);
            }
        }
    }
    Ok(Search(alternatives))
}

/// Splits at blanks outside quotes.
fn words(text: &str) -> Result<Vec<String>, Refusal> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            '(' | ')' | '[' | ']' | '{' | '}' if !quoted => return Err(refused(text)),
            ' ' if !quoted => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        words.last_mut().expect("never empty").push(character);
    }
    words.retain(|word| !word.is_empty());
    if quoted {
        Err(refused(text))
    } else {
        Ok(words)
    }
}

fn term(word: &str) -> Result<Term, Refusal> {
    let (word, negated) = word
        .strip_prefix('-')
        .map_or((word, false), |rest| (rest, true));
    let (field, value) = word.split_once(':').ok_or_else(|| refused(word))?;
    let (field, wanted) = match value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(quoted) => (field, Wanted::Exactly(quoted.to_owned())),
        None if field == "_exists_" => (value, Wanted::Anything),
        None => match value.strip_suffix('*') {
            Some(start) => (field, Wanted::Beginning(start.to_owned())),
            None => (field, Wanted::Exactly(value.to_owned())),
        },
    };
    Ok(Term {
        field: field.to_owned(),
        wanted,
        negated,
    })
}

fn refused(text: &str) -> Refusal {
    invalid(&format!("Failed to parse query {text}"), "q")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    fn finds(query: &str) -> bool {
        let document = json!({
            "email": "ada@example.com", "blocked": false, "organization_id": ["org_1", "org_2"],
            "identities": [{ "connection": "google-oauth2" }], "app_metadata": { "plan": { "name": "team" } },
        });
        parse(query).unwrap().matches(&document)
    }

    #[test]
    fn a_field_is_compared_without_case_and_by_prefix() {
        assert!(finds("email:\"ADA@example.com\""));
        assert!(finds("email:ada*"));
        assert!(!finds("email:ada"));
    }

    #[test]
    fn paths_reach_into_metadata_and_arrays() {
        assert!(finds(
            "app_metadata.plan.name:team AND organization_id:\"org_2\""
        ));
        assert!(finds("identities.connection:\"google-oauth2\""));
        assert!(!finds("organization_id:org_3"));
    }

    #[test]
    fn words_combine() {
        assert!(finds("email:nobody OR _exists_:app_metadata.plan.name"));
        assert!(finds("NOT blocked:true"));
        assert!(finds("-blocked:true email:ada*"));
        assert!(!finds("email:ada* AND NOT blocked:false"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for query in ["(email:a)", "logins_count:[1 TO 2]", "ada", "email:\"ada"] {
            assert!(parse(query).is_err(), "{query}");
        }
    }
}
