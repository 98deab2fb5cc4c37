//! Attribute paths, as filters, PATCH operations and the attribute map write them:
//! `urn:…:User:manager.value`, `emails[type eq "work"].value`, `name.givenName`.

use super::attributes::{ENTERPRISE, GROUP, USER};
use super::filter::{self, Filter};
use super::refusal::Refusal;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    pub(super) is_enterprise: bool,
    /// `None` is all of the extension.
    pub(super) attribute: Option<String>,
    /// Which of several values.
    pub(super) filter: Option<Box<Filter>>,
    pub(super) part: Option<String>,
}

impl Path {
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        Self::nested(text, 0)
    }

    /// `depth` counts the brackets and parentheses around it.
    pub(super) fn nested(text: &str, depth: usize) -> Result<Self, Refusal> {
        let (is_enterprise, rest) = without_schema(text)?;
        if rest.is_empty() && is_enterprise {
            return Ok(Self {
                is_enterprise,
                attribute: None,
                filter: None,
                part: None,
            });
        }
        let (attribute, filter, part) = match rest.split_once('[') {
            Some((attribute, inside)) => {
                let (inside, after) = inside.rsplit_once(']').ok_or_else(|| unreadable(text))?;
                let part = match after.strip_prefix('.') {
                    None if after.is_empty() => None,
                    None => return Err(unreadable(text)),
                    Some(part) => Some(part),
                };
                let filter = filter::nested(inside, depth + 1)?;
                (attribute, Some(Box::new(filter)), part)
            }
            None => match rest.split_once('.') {
                Some((attribute, part)) => (attribute, None, Some(part)),
                None => (rest, None, None),
            },
        };
        for name in [Some(attribute), part].into_iter().flatten() {
            if !is_name(name) {
                return Err(unreadable(text));
            }
        }
        Ok(Self {
            is_enterprise,
            attribute: Some(attribute.to_owned()),
            filter,
            part: part.map(str::to_owned),
        })
    }
}

fn unreadable(text: &str) -> Refusal {
    let start: String = text.chars().take(100).collect();
    Refusal::path(format!("Not an attribute path: {start}"))
}

/// The attribute map writes a dot where the protocol has a colon.
fn without_schema(text: &str) -> Result<(bool, &str), Refusal> {
    for (schema, is_enterprise) in [(ENTERPRISE, true), (USER, false), (GROUP, false)] {
        let Some(head) = text.get(..schema.len()) else {
            continue;
        };
        if !head.eq_ignore_ascii_case(schema) {
            continue;
        }
        let rest = &text[schema.len()..];
        match rest.strip_prefix([':', '.']) {
            Some(rest) => return Ok((is_enterprise, rest)),
            None if rest.is_empty() => return Ok((is_enterprise, rest)),
            None => return Err(unreadable(text)),
        }
    }
    Ok((false, text))
}

fn is_name(text: &str) -> bool {
    let text = text.strip_prefix('$').unwrap_or(text);
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
