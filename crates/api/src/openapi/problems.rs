//! Sets of problem codes that operations share, and how they become responses of the document.
//!
//! An operation lists sets among its responses: `responses((status = 200, …), TenantProblems, BodyProblems)`. Each code
//! travels under a key of its own, for two sets may share a status; `describe` then gathers them by status.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use super::BEARER;
use crate::problem::{self, Code, ProblemBody};

const KEY: &str = "problem:";

/// What every operation may answer.
const ANY: &[Code] = &[Code::Internal, Code::TimedOut];

/// Of operations that take [`crate::auth::SignedIn`].
pub struct SignedInProblems;
/// Of operations that take [`crate::auth::Me`].
pub struct MeProblems;
/// Of operations that take [`crate::auth::Authorized`].
pub struct TenantProblems;
/// Of operations that take [`crate::body::PathId`] without an organization.
pub struct MissingProblems;
/// Of operations that take [`crate::body::Body`].
pub struct BodyProblems;
/// Of operations that judge their query string.
pub struct QueryProblems;
/// Of operations that take [`crate::pagination::PageQuery`].
pub struct PageProblems;
/// Of operations that take [`crate::idempotency::Idempotency`].
pub struct IdempotencyProblems;

type Responses = BTreeMap<String, RefOr<Response>>;

/// For a set of your own: `impl IntoResponses for X { fn responses() -> … { responses_of(&[Code::…]) } }`.
pub fn responses_of(codes: &[Code]) -> Responses {
    codes
        .iter()
        .map(|code| {
            (
                format!("{KEY}{}", code.as_str()),
                RefOr::T(Response::default()),
            )
        })
        .collect()
}

impl IntoResponses for SignedInProblems {
    fn responses() -> Responses {
        responses_of(&[
            Code::InvalidToken,
            Code::MachineTokenNotAllowed,
            Code::KeysUnavailable,
        ])
    }
}

impl IntoResponses for MeProblems {
    fn responses() -> Responses {
        let mut responses = SignedInProblems::responses();
        responses.extend(responses_of(&[
            Code::AccountBlocked,
            Code::DatabaseUnavailable,
        ]));
        responses
    }
}

impl IntoResponses for TenantProblems {
    fn responses() -> Responses {
        let mut responses = MeProblems::responses();
        responses.extend(responses_of(&[
            Code::OverLimit,
            Code::NotFound,
            Code::OrgSuspended,
            Code::MembershipRequired,
            Code::SsoRequired,
            Code::PermissionDenied,
            Code::OrganizationDeleting,
        ]));
        responses
    }
}

impl IntoResponses for MissingProblems {
    fn responses() -> Responses {
        responses_of(&[Code::NotFound])
    }
}

impl IntoResponses for BodyProblems {
    fn responses() -> Responses {
        responses_of(&[
            Code::MalformedRequest,
            Code::MalformedJson,
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::InvalidRequest,
        ])
    }
}

impl IntoResponses for QueryProblems {
    fn responses() -> Responses {
        responses_of(&[Code::InvalidQuery])
    }
}

impl IntoResponses for PageProblems {
    fn responses() -> Responses {
        responses_of(&[Code::InvalidQuery, Code::InvalidLimit, Code::InvalidCursor])
    }
}

impl IntoResponses for IdempotencyProblems {
    fn responses() -> Responses {
        responses_of(&[Code::InvalidIdempotencyKey, Code::IdempotencyKeyReused])
    }
}

/// Gathers each operation's codes by status, and requires a token where `invalid_token` is among them.
pub(super) fn describe(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let mut schemas = vec![("Problem".to_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    for item in document.paths.paths.values_mut() {
        if let Some(get) = &mut item.get {
            // Reading goes on until the organization is gone.
            let key = format!("{KEY}{}", Code::OrganizationDeleting.as_str());
            get.responses.responses.remove(&key);
        }
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ]
        .into_iter()
        .flatten();
        operations.for_each(describe_operation);
    }
}

fn describe_operation(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let listed = Code::ALL.iter().filter(|code| {
        responses
            .remove(&format!("{KEY}{}", code.as_str()))
            .is_some()
    });
    let mut codes: Vec<Code> = listed.copied().collect();
    codes.extend(ANY);
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in &codes {
        by_status
            .entry(code.status().as_u16())
            .or_default()
            .push(*code);
    }
    for (status, codes) in by_status {
        responses.insert(status.to_string(), RefOr::T(response(&codes)));
    }
    for (status, response) in responses.iter_mut() {
        describe_success(status, response);
    }
    let secured = codes.contains(&Code::InvalidToken);
    operation.security =
        secured.then(|| vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
}

/// A description is required, even where the status says it all.
fn describe_success(status: &str, response: &mut RefOr<Response>) {
    let reason = status
        .parse::<StatusCode>()
        .ok()
        .and_then(|status| status.canonical_reason());
    if let (RefOr::T(response), Some(reason)) = (response, reason)
        && response.description.is_empty()
    {
        response.description = reason.to_owned();
    }
}

fn response(codes: &[Code]) -> Response {
    let names = codes.iter().map(|code| code.as_str());
    let titles: Vec<&str> = codes.iter().map(|code| code.title()).collect();
    let code = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(names));
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name("Problem"))
        .item(ObjectBuilder::new().property("code", code));
    let response = ResponseBuilder::new()
        .description(titles.join("; "))
        .content(
            problem::CONTENT_TYPE,
            ContentBuilder::new().schema(Some(schema)).build(),
        );
    let text = |meaning: &str| HeaderBuilder::new().description(Some(meaning)).build();
    match codes[0].status().as_u16() {
        401 => response
            .header(
                "WWW-Authenticate",
                text("`Bearer`, with an error if a token came"),
            )
            .build(),
        503 => response
            .header("Retry-After", text("Seconds to wait before another try"))
            .build(),
        _ => response.build(),
    }
}
