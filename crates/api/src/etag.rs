//! `ETag` and `If-Match` (RFC 9110, 8.8.3 and 13.1.1): of two people who edit one thing, the second does not overwrite
//! what they have not seen. A tag is the version of the row.

use std::collections::BTreeMap;

use actix_web::dev::Payload;
use actix_web::http::header::{ETAG, EntityTag, HeaderMap, HeaderName, HeaderValue, IF_MATCH};
use actix_web::{FromRequest, HttpRequest};
use futures::future::{Ready, ready};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

use crate::openapi::problems::responses_of;
use crate::problem::{Code, Problem};

/// The header for this version.
pub(crate) fn etag(version: impl Into<i64>) -> (HeaderName, HeaderValue) {
    let value = tag(version.into()).to_string();
    (
        ETAG,
        HeaderValue::try_from(value).expect("a number in quotes is visible ASCII"),
    )
}

fn tag(version: i64) -> EntityTag {
    EntityTag::new_strong(version.to_string())
}

/// The `If-Match` header, not judged before the present version is known.
pub(crate) struct IfMatch(Option<Result<Given, Malformed>>);

enum Given {
    Any,
    Tags(Vec<EntityTag>),
}

struct Malformed;

impl IfMatch {
    /// # Errors
    /// 428 without the header, 412 when it names other versions only, 400 when it is malformed.
    pub(crate) fn require(&self, version: impl Into<i64>) -> Result<(), Problem> {
        if self.is_given() {
            self.check(version)
        } else {
            Err(Problem::new(Code::PreconditionRequired))
        }
    }

    /// # Errors
    /// 412 when the header is there and names other versions only, 400 when it is malformed.
    pub(crate) fn check(&self, version: impl Into<i64>) -> Result<(), Problem> {
        let present = tag(version.into());
        match &self.0 {
            None | Some(Ok(Given::Any)) => Ok(()),
            Some(Ok(Given::Tags(tags))) if tags.iter().any(|tag| tag.strong_eq(&present)) => Ok(()),
            Some(Ok(Given::Tags(_))) => Err(Problem::new(Code::PreconditionFailed)),
            Some(Err(Malformed)) => Err(Problem::new(Code::MalformedRequest)
                .detail("The If-Match header has no list of tags.")),
        }
    }

    pub(crate) fn is_given(&self) -> bool {
        self.0.is_some()
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = request.headers().contains_key(IF_MATCH);
        ready(Ok(Self(given.then(|| parse(request.headers())))))
    }
}

/// All values of the header as one list. The framework's own parser passes over what is no tag, and who sent that would
/// be told that the version is another one.
fn parse(headers: &HeaderMap) -> Result<Given, Malformed> {
    let values: Result<Vec<&str>, _> = headers.get_all(IF_MATCH).map(HeaderValue::to_str).collect();
    let list = values.map_err(|_| Malformed)?.join(",");
    if list.trim() == "*" {
        return Ok(Given::Any);
    }
    let mut tags = Vec::new();
    let mut rest = list.as_str();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            break;
        }
        let (tag, after) = first_tag(rest).ok_or(Malformed)?;
        tags.push(tag);
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(Malformed);
        }
    }
    if tags.is_empty() {
        Err(Malformed)
    } else {
        Ok(Given::Tags(tags))
    }
}

/// The tag that the text begins with, and what follows it.
fn first_tag(text: &str) -> Option<(EntityTag, &str)> {
    let strong = text.strip_prefix("W/").unwrap_or(text);
    let (opaque, after) = strong.strip_prefix('"')?.split_once('"')?;
    let allowed = opaque.bytes().all(|byte| byte.is_ascii_graphic());
    let tag = if strong.len() == text.len() {
        EntityTag::new_strong
    } else {
        EntityTag::new_weak
    };
    allowed.then(|| (tag(opaque.to_owned()), after))
}

/// Of operations that take [`IfMatch`] and do without it.
pub(crate) struct PreconditionProblems;
/// Of operations that need [`IfMatch`].
pub(crate) struct RequiredPreconditionProblems;

impl IntoResponses for PreconditionProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[Code::MalformedRequest, Code::PreconditionFailed])
    }
}

impl IntoResponses for RequiredPreconditionProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses_of(&[
            Code::MalformedRequest,
            Code::PreconditionFailed,
            Code::PreconditionRequired,
        ])
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn required(values: &[&str]) -> Result<(), Code> {
        let request = values
            .iter()
            .fold(TestRequest::default(), |request, value| {
                request.append_header((IF_MATCH, *value))
            });
        let if_match = IfMatch::from_request(&request.to_http_request(), &mut Payload::None)
            .into_inner()
            .unwrap();
        if_match.require(3).map_err(|problem| problem.code())
    }

    #[test]
    fn the_present_version_or_any_matches() {
        for values in [
            &["\"3\""][..],
            &["*"],
            &["\"1\", \"3\""],
            &["\"1\"", "\"3\""],
        ] {
            assert_eq!(required(values), Ok(()), "{values:?}");
        }
    }

    #[test]
    fn another_version_or_a_weak_tag_does_not() {
        for values in [&["\"4\""][..], &["W/\"3\""], &["\"03\""]] {
            assert_eq!(
                required(values),
                Err(Code::PreconditionFailed),
                "{values:?}"
            );
        }
    }

    #[test]
    fn a_missing_tag_is_told_apart_from_another_one() {
        assert_eq!(required(&[]), Err(Code::PreconditionRequired));
    }

    #[test]
    fn what_is_no_list_of_tags_is_malformed() {
        for value in [
            "",
            ",",
            "3",
            "\"3",
            "3\"",
            "\"3\" \"4\"",
            "\"3\", 4",
            "*, \"3\"",
            "w/\"3\"",
            "\"a b\"",
        ] {
            assert_eq!(required(&[value]), Err(Code::MalformedRequest), "{value}");
        }
        assert_eq!(required(&[" ,\"a,b\",, \"3\" ,"]), Ok(()));
    }
}
