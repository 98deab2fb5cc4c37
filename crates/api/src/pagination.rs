//! Lists in pages: `limit` and an opaque `cursor` that only works for the list and the tenant that it was made for.

use std::collections::BTreeMap;
use std::fmt;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::{Ready, ready};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Listed, Page};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Code, Problem};

pub const DEFAULT_LIMIT: u32 = 50;
pub const MAX_LIMIT: u32 = 200;

/// Bytes of HMAC-SHA-256.
const MAC_LENGTH: usize = 32;
/// Longer than any cursor that we make.
const MAX_CURSOR: usize = 2048;
/// Bytes of a filter; the longest id that we know has as many.
const MAX_FILTER: usize = 1024;

/// One page of a list on the wire.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageBody<T> {
    pub items: Vec<T>,
    /// Pass it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl<T> PageBody<T> {
    /// `position` is what the store's page continues after; `body` is how an item looks outside.
    pub fn new<I, K: Serialize>(
        listed: Listed<I>,
        position: impl Fn(&I) -> K,
        body: impl Fn(I) -> T,
        key: &CursorKey,
        list: List<'_>,
    ) -> Self {
        let last = listed.items.last().filter(|_| listed.more);
        let next_cursor = last.map(|item| key.seal(list, &position(item)));
        Self {
            items: listed.items.into_iter().map(body).collect(),
            next_cursor,
        }
    }
}

/// Which list a cursor belongs to. Nobody else's cursor opens it.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// The organization or individual, as text.
    pub tenant: &'a str,
    /// A constant of the route, such as `projects`.
    pub name: &'static str,
}

/// The `limit` and `cursor` of the query string, not judged before [`PageQuery::parse`].
pub struct PageQuery(Option<Vec<(String, String)>>);

impl PageQuery {
    /// # Errors
    /// 400 `invalid_limit`, `invalid_cursor` or, for any other parameter, `invalid_query`.
    pub fn parse<K: DeserializeOwned>(
        &self,
        key: &CursorKey,
        list: List<'_>,
    ) -> Result<Page<K>, Problem> {
        Ok(self.parse_filtered(key, list, &[])?.0)
    }

    /// For a list that can be narrowed: what the parameters in `filters` say, besides the page.
    ///
    /// # Errors
    /// As [`PageQuery::parse`]; a filter that is empty, repeated, too long or has control characters is `invalid_query`.
    pub fn parse_filtered<K: DeserializeOwned>(
        &self,
        key: &CursorKey,
        list: List<'_>,
        filters: &[&'static str],
    ) -> Result<(Page<K>, BTreeMap<&'static str, String>), Problem> {
        let pairs = self
            .0
            .as_ref()
            .ok_or_else(|| Problem::new(Code::InvalidQuery))?;
        let mut limit = None;
        let mut after = None;
        let mut given = BTreeMap::new();
        for (name, value) in pairs {
            if let Some(filter) = filters.iter().find(|filter| *filter == name) {
                let is_first = given.insert(*filter, value.clone()).is_none();
                if !is_first || !is_filter(value) {
                    return Err(invalid_filter(filter));
                }
                continue;
            }
            match name.as_str() {
                "limit" if limit.is_none() => {
                    limit = Some(parse_limit(value).ok_or_else(invalid_limit)?);
                }
                "limit" => return Err(invalid_limit()),
                "cursor" if after.is_none() => {
                    after = Some(key.open(list, value).ok_or_else(invalid_cursor)?);
                }
                "cursor" => return Err(invalid_cursor()),
                other => {
                    let problem = Problem::new(Code::InvalidQuery);
                    let known = [&["limit", "cursor"], filters].concat().join(", ");
                    let detail = format!("This list has only {known}.");
                    return Err(problem.field(other, "unknown_parameter", detail));
                }
            }
        }
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        Ok((Page { limit, after }, given))
    }
}

fn parse_limit(text: &str) -> Option<u32> {
    let digits =
        !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|limit| digits && (1..=MAX_LIMIT).contains(limit))
}

fn is_filter(value: &str) -> bool {
    !value.is_empty() && value.len() <= MAX_FILTER && !value.chars().any(char::is_control)
}

fn invalid_filter(name: &str) -> Problem {
    let detail = "Once, and not empty, too long or with control characters.";
    Problem::new(Code::InvalidQuery).field(name, "invalid", detail)
}

fn invalid_limit() -> Problem {
    let detail = format!("A whole number from 1 to {MAX_LIMIT}.");
    Problem::new(Code::InvalidLimit).field("limit", "out_of_range", detail)
}

fn invalid_cursor() -> Problem {
    Problem::new(Code::InvalidCursor).field(
        "cursor",
        "invalid",
        "Use next_cursor of the page before, unchanged.",
    )
}

impl FromRequest for PageQuery {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(
            web::Query::from_query(request.query_string())
                .ok()
                .map(web::Query::into_inner),
        )))
    }
}

/// For the document only.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its documentation is used")]
struct PageParameters {
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl IntoParams for PageQuery {
    fn into_params(
        parameter_in_provider: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        PageParameters::into_params(parameter_in_provider)
    }
}

/// Seals cursors. A cursor is readable by who holds it, so a position carries nothing secret.
#[derive(Clone)]
pub struct CursorKey(hmac::Key);

impl CursorKey {
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The cursor for the page after `position`.
    pub fn seal<P: Serialize>(&self, list: List<'_>, position: &P) -> String {
        let position =
            serde_json::to_vec(position).expect("a position is plain data with string keys");
        let mut cursor = hmac::sign(&self.0, &covered(list, &position))
            .as_ref()
            .to_vec();
        cursor.extend_from_slice(&position);
        URL_SAFE_NO_PAD.encode(cursor)
    }

    fn open<P: DeserializeOwned>(&self, list: List<'_>, cursor: &str) -> Option<P> {
        if cursor.len() > MAX_CURSOR {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (mac, position) = bytes.split_at_checked(MAC_LENGTH)?;
        hmac::verify(&self.0, &covered(list, position), mac).ok()?;
        serde_json::from_slice(position).ok()
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CursorKey([redacted])")
    }
}

/// Each part is preceded by its length, so that no two lists cover the same bytes.
fn covered(list: List<'_>, position: &[u8]) -> Vec<u8> {
    let mut message = b"tenantry cursor 1".to_vec();
    for part in [list.tenant.as_bytes(), list.name.as_bytes(), position] {
        message.extend_from_slice(&(part.len() as u64).to_be_bytes());
        message.extend_from_slice(part);
    }
    message
}

#[cfg(test)]
mod tests;
