//! What a caller sends: JSON bodies and ids in the path.
//!
//! Both are taken in without judging them and parsed inside the handler, so that who may call is decided before what was sent.

mod objects;

use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures::future::{LocalBoxFuture, Ready, Shared, ready};
use futures::{FutureExt, StreamExt};
use serde::de::DeserializeOwned;

use self::objects::Objects;
use crate::problem::{Code, Problem};
use crate::strict_json::{self, Malformed};

/// Bytes; larger bodies are answered 413 without being read to their end.
pub const MAX_BODY: usize = 256 * 1024;

/// How long a body may take to arrive.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Nothing that we take is nested deeper than a handful of levels.
const MAX_DEPTH: usize = 32;

/// The JSON body of a request.
pub struct Body<T> {
    read: Result<Bytes, Problem>,
    target: PhantomData<T>,
}

impl<T: DeserializeOwned> Body<T> {
    /// # Errors
    /// 400 malformed JSON, 408 too slow, 413 too large, 415 not plain JSON, 422 a field is unknown, missing or invalid.
    pub fn parse(&self) -> Result<T, Problem> {
        let value =
            strict_json::parse(self.bytes()?, MAX_DEPTH).map_err(|malformed| match malformed {
                Malformed::Json(detail) => Problem::new(Code::MalformedJson).detail(detail),
                Malformed::Nul => Problem::invalid_field(
                    "",
                    "nul_character",
                    "Text cannot contain the character U+0000.",
                ),
            })?;
        if !value.is_object() {
            return Err(Problem::invalid_field(
                "",
                "wrong_type",
                "The body must be an object.",
            ));
        }
        serde_path_to_error::deserialize(Objects(value)).map_err(|error| refused_field(&error))
    }
}

impl<T> Body<T> {
    /// The bytes as they came, for signatures and for telling a repeated request from another one.
    ///
    /// # Errors
    /// 408, 413, 415 as for [`Body::parse`].
    pub fn bytes(&self) -> Result<&Bytes, Problem> {
        self.read.as_ref().map_err(Clone::clone)
    }
}

impl<T> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted = json_content_type(request.headers());
        let arriving = arriving(request, payload);
        async move {
            let read = match accepted {
                Ok(()) => arriving.await,
                Err(problem) => Err(problem),
            };
            Ok(Self {
                read,
                target: PhantomData,
            })
        }
        .boxed_local()
    }
}

/// The body on its way, for everybody who waits for it.
pub(crate) type Arriving = Shared<LocalBoxFuture<'static, Result<Bytes, Problem>>>;

/// The extractors of a handler run side by side. What holds something scarce, such as a database connection, waits for
/// the body first: else a few callers who never finish theirs would hold all of it.
pub(crate) fn arriving(request: &HttpRequest, payload: &mut Payload) -> Arriving {
    if let Some(arriving) = request.extensions().get::<Arriving>() {
        return arriving.clone();
    }
    let announced = announced_length(request.headers());
    let payload = payload.take();
    let arriving: Arriving = async move {
        announced?;
        read_limited(payload).await
    }
    .boxed_local()
    .shared();
    request.extensions_mut().insert(arriving.clone());
    arriving
}

/// Reads any body within the limits of size and time. For webhooks, which are signed byte by byte.
///
/// # Errors
/// 408 too slow, 413 too large, 400 broken off.
pub async fn read_limited(mut payload: Payload) -> Result<Bytes, Problem> {
    let read = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk
                .map_err(|_| Problem::new(Code::MalformedRequest).detail("The body broke off."))?;
            if body.len() + chunk.len() > MAX_BODY {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(TIME_LIMIT, read)
        .await
        .unwrap_or_else(|_| Err(Problem::new(Code::RequestTimeout)))
}

fn too_large() -> Problem {
    Problem::new(Code::PayloadTooLarge)
        .detail(format_args!("At most {MAX_BODY} bytes are accepted."))
}

fn announced_length(headers: &HeaderMap) -> Result<(), Problem> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match announced {
        Some(length) if length > MAX_BODY as u64 => Err(too_large()),
        Some(_) | None => Ok(()),
    }
}

/// `application/json`, with no other parameter than `charset=utf-8`, and not compressed.
fn json_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(CONTENT_TYPE);
    let only = values
        .next()
        .filter(|_| values.next().is_none())
        .and_then(|value| value.to_str().ok());
    let plain = !headers.contains_key(CONTENT_ENCODING);
    if plain && only.is_some_and(is_json) {
        Ok(())
    } else {
        Err(Problem::new(Code::UnsupportedMediaType))
    }
}

fn is_json(content_type: &str) -> bool {
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let charset = parameters.trim();
    media_type.trim().eq_ignore_ascii_case("application/json")
        && (charset.is_empty()
            || charset.eq_ignore_ascii_case("charset=utf-8")
            || charset.eq_ignore_ascii_case("charset=\"utf-8\""))
}

/// serde names unknown and missing fields only in its message, in backticks, relative to the object that the path names.
fn refused_field(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = match error.path().to_string() {
        root if root == "." => String::new(),
        path => path,
    };
    let message = error.inner().to_string();
    let named = || message.split('`').nth(1).unwrap_or_default();
    let child = |parent: &str| {
        if parent.is_empty() {
            named().to_owned()
        } else {
            format!("{parent}.{}", named())
        }
    };
    if message.starts_with("unknown field") {
        // The path of an unknown field already ends in it.
        let field = if path.ends_with(named()) {
            path
        } else {
            child(&path)
        };
        Problem::invalid_field(field, "unknown_field", "This field does not exist here.")
    } else if message.starts_with("missing field") {
        Problem::invalid_field(child(&path), "required", "This field is required.")
    } else if let Some((code, expected)) = expected(&message) {
        Problem::invalid_field(path, code, format!("Expected {expected}."))
    } else {
        Problem::invalid_field(path, "invalid", message)
    }
}

/// What should be there. What is there instead may be a secret in the wrong place, so it is not told.
fn expected(message: &str) -> Option<(&'static str, &str)> {
    let codes = [
        ("unknown variant ", "unknown_value"),
        ("invalid type: ", "wrong_type"),
        ("invalid value: ", "invalid"),
        ("invalid length ", "invalid"),
    ];
    let (_, code) = codes.iter().find(|(start, _)| message.starts_with(start))?;
    let (_, expected) = message.rsplit_once(", expected ")?;
    let expected = expected.split(" at line ").next().unwrap_or(expected);
    Some((code, expected))
}

/// The last parameter of the path, or one of those before it. An id that cannot exist is as missing as one that does not.
pub struct PathId<T, const BEFORE_LAST: usize = 0> {
    text: Option<String>,
    target: PhantomData<T>,
}

impl<T: FromStr, const BEFORE_LAST: usize> PathId<T, BEFORE_LAST> {
    /// # Errors
    /// 404 when the text is no such id.
    pub fn parse(&self) -> Result<T, Problem> {
        self.text
            .as_deref()
            .and_then(|text| text.parse().ok())
            .ok_or_else(Problem::not_found)
    }
}

impl<T, const BEFORE_LAST: usize> FromRequest for PathId<T, BEFORE_LAST> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parameters: Vec<_> = request.match_info().iter().collect();
        let wanted = parameters.iter().rev().nth(BEFORE_LAST);
        let text = wanted.and_then(|(_, raw)| {
            percent_encoding::percent_decode_str(raw)
                .decode_utf8()
                .ok()
                .map(std::borrow::Cow::into_owned)
        });
        ready(Ok(Self {
            text,
            target: PhantomData,
        }))
    }
}

#[cfg(test)]
mod tests;
