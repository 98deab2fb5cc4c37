//! Answers what no route takes: 405 with the methods that the path has, or 404.

use std::str::FromStr;

use actix_web::http::Method;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, web};
use utoipa::openapi::OpenApi;

use crate::problem::{Code, Problem};

/// The paths of the document with their methods.
pub(crate) struct Paths(Vec<(Vec<Segment>, Vec<Method>)>);

enum Segment {
    Literal(String),
    Any,
}

impl Paths {
    pub(crate) fn of(document: &OpenApi) -> Self {
        Self(
            document
                .paths
                .paths
                .iter()
                .map(|(path, item)| (segments(path), methods(item)))
                .collect(),
        )
    }

    fn methods(&self, path: &str) -> Option<&[Method]> {
        let parts: Vec<&str> = path.split('/').collect();
        let matches = |segments: &[Segment]| {
            segments.len() == parts.len()
                && segments
                    .iter()
                    .zip(&parts)
                    .all(|(segment, part)| segment.matches(part))
        };
        self.0
            .iter()
            .find(|(segments, _)| matches(segments))
            .map(|(_, methods)| methods.as_slice())
    }
}

impl Segment {
    fn matches(&self, part: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == part,
            Self::Any => !part.is_empty(),
        }
    }
}

fn segments(path: &str) -> Vec<Segment> {
    let segment = |part: &str| {
        if part.starts_with('{') {
            Segment::Any
        } else {
            Segment::Literal(part.to_owned())
        }
    };
    path.split('/').map(segment).collect()
}

fn methods(item: &utoipa::openapi::PathItem) -> Vec<Method> {
    let operations = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    let present = operations
        .into_iter()
        .filter(|(_, operation)| operation.is_some());
    present
        .map(|(name, _)| Method::from_str(name).expect("it is a method's name"))
        .collect()
}

pub(crate) async fn answer(
    request: HttpRequest,
    paths: web::Data<Paths>,
) -> Result<web::Json<()>, Problem> {
    let Some(methods) = paths.methods(request.path()) else {
        return Err(Problem::not_found());
    };
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    let allow = HeaderValue::try_from(names.join(", ")).expect("method names are visible ASCII");
    // A path that has the method is only here when a value in it is none that its route could take.
    if methods.contains(request.method()) {
        Err(Problem::not_found())
    } else {
        Err(Problem::new(Code::MethodNotAllowed).allow(allow))
    }
}

#[cfg(test)]
mod tests;
