//! `/log-streams`.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::call::guarded;
use super::query::Query;
use super::refusal::{Answer, Missing, Refusal};
use super::schema::{Kind, Schema, TEXT};
use super::{path, payload};
use crate::ids;
use crate::limits::Bucket;
use crate::log_stream::{Filter, LogStream, Pii, Sink, Status};
use crate::state::State;
use crate::tenant::{LOG_CATEGORIES, Tenant};

const SINK: Schema = Schema {
    required: &["httpEndpoint"],
    properties: &[
        ("httpEndpoint", TEXT),
        ("httpAuthorization", TEXT),
        ("httpContentType", TEXT),
        (
            "httpContentFormat",
            Kind::OneOf(&["JSONARRAY", "JSONLINES", "JSONOBJECT"]),
        ),
        (
            "httpCustomHeaders",
            Kind::List(&Kind::Object(&HEADER), 0, usize::MAX),
        ),
    ],
    open: false,
};
const HEADER: Schema = Schema {
    required: &["header", "value"],
    properties: &[("header", TEXT), ("value", TEXT)],
    open: true,
};
const FILTER: Schema = Schema {
    required: &["type", "name"],
    properties: &[
        ("type", Kind::OneOf(&["category"])),
        ("name", Kind::OneOf(&LOG_CATEGORIES)),
    ],
    open: true,
};
const PII: Schema = Schema {
    required: &["log_fields"],
    properties: &[
        (
            "log_fields",
            Kind::List(
                &Kind::OneOf(&[
                    "first_name",
                    "last_name",
                    "username",
                    "email",
                    "phone",
                    "address",
                ]),
                1,
                usize::MAX,
            ),
        ),
        // Auth0 hashes too, by xxhash; the sandbox does not.
        ("method", Kind::OneOf(&["mask"])),
    ],
    open: false,
};
const FILTERS: Kind = Kind::List(&Kind::Object(&FILTER), 0, usize::MAX);
const NEW: Schema = Schema {
    required: &["type", "sink"],
    properties: &[
        ("name", TEXT),
        // The sandbox reaches no cloud.
        ("type", Kind::OneOf(&["http"])),
        ("sink", Kind::Object(&SINK)),
        ("filters", FILTERS),
        ("isPriority", Kind::Boolean),
        ("pii_config", Kind::Object(&PII)),
        ("startFrom", TEXT),
    ],
    open: false,
};
const CHANGE: Schema = Schema {
    required: &[],
    properties: &[
        ("name", TEXT),
        ("status", Kind::OneOf(&["active", "paused", "suspended"])),
        ("sink", Kind::Object(&SINK)),
        ("filters", FILTERS),
        ("isPriority", Kind::Boolean),
        ("pii_config", Kind::Object(&PII)),
    ],
    open: false,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    name: Option<String>,
    sink: Sink,
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    is_priority: bool,
    #[serde(rename = "pii_config")]
    pii: Option<Pii>,
    start_from: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    name: Option<String>,
    status: Option<Status>,
    sink: Option<Sink>,
    filters: Option<Vec<Filter>>,
    is_priority: Option<bool>,
    #[serde(rename = "pii_config")]
    pii: Option<Pii>,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(
        path("/log-streams")
            .route(guard(&["read:log_streams"], web::get().to(list)))
            .route(guard(&["create:log_streams"], web::post().to(create))),
    )
    .service(
        path("/log-streams/{id}")
            .route(guard(&["read:log_streams"], web::get().to(show)))
            .route(guard(&["update:log_streams"], web::patch().to(change)))
            .route(guard(&["delete:log_streams"], web::delete().to(remove))),
    );
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[])?;
    state.read(|tenant| {
        let all: Vec<_> = tenant.log_streams.values().map(LogStream::body).collect();
        Ok(HttpResponse::Ok().json(all))
    })
}

/// 200 and not 201, as Auth0 answers.
async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let new: New = payload::parse(&body, &NEW)?;
    check(&state, &new.sink)?;
    let from = match new.start_from.as_deref().map(str::parse::<DateTime<Utc>>) {
        Some(Err(_)) => {
            let says = "Payload validation error: 'Invalid date' on property startFrom.";
            return Err(Refusal::body(says));
        }
        from => from.and_then(Result::ok),
    };
    let now = state.clock().now();
    state.write(|tenant| {
        let place = match from {
            Some(from) => tenant.log.place_at(from),
            None => tenant.log.written(),
        };
        let mut stream = LogStream::new(ids::log_stream(), new.sink, place, now);
        stream.name = new.name;
        stream.filters = new.filters;
        stream.is_priority = new.is_priority;
        stream.pii = new.pii;
        let body = stream.body();
        tenant.log_streams.insert(stream.id.clone(), stream);
        Ok(HttpResponse::Ok().json(body))
    })
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        let stream = tenant.log_streams.get(&*id);
        let stream = stream.ok_or_else(|| Refusal::missing(Missing::LogStream))?;
        Ok(HttpResponse::Ok().json(stream.body()))
    })
}

async fn change(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let change: Change = payload::parse(&body, &CHANGE)?;
    if let Some(sink) = &change.sink {
        check(&state, sink)?;
    }
    let now = state.clock().now();
    state.write(|tenant| {
        let stream = find_mut(tenant, &id)?;
        stream.name = change.name.or(stream.name.take());
        stream.filters = change
            .filters
            .unwrap_or(std::mem::take(&mut stream.filters));
        stream.is_priority = change.is_priority.unwrap_or(stream.is_priority);
        stream.pii = change.pii.or(stream.pii.take());
        if let Some(sink) = change.sink {
            stream.sink = sink;
        }
        match change.status {
            Some(Status::Active) => stream.activate(now),
            Some(other) => stream.status = other,
            None => {}
        }
        Ok(HttpResponse::Ok().json(stream.body()))
    })
}

async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| {
        let gone = tenant.log_streams.remove(&*id);
        gone.ok_or_else(|| Refusal::missing(Missing::LogStream))?;
        Ok(HttpResponse::NoContent().finish())
    })
}

fn find_mut<'a>(tenant: &'a mut Tenant, id: &str) -> Result<&'a mut LogStream, Refusal> {
    let found = tenant.log_streams.get_mut(id);
    found.ok_or_else(|| Refusal::missing(Missing::LogStream))
}

/// Plain http only where the sandbox is lenient.
fn check(state: &State, sink: &Sink) -> Result<(), Refusal> {
    let url = &sink.http_endpoint;
    let is_plain = url.starts_with("http://") && !state.config().strict;
    if url.starts_with("https://") || is_plain {
        return Ok(());
    }
    Err(Refusal::body(format!(
        "Payload validation error: 'String does not match pattern ^https://.*: {url}' on property sink.httpEndpoint."
    )))
}
