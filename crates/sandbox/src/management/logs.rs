//! `/logs`: newest first by page, or oldest first from a known entry on.

use actix_web::{HttpResponse, web};
use serde_json::Value;

use super::call::guarded;
use super::lucene;
use super::paging::{CHECKPOINT, OFFSET, Offset};
use super::path;
use super::query::{FIELDS, Query, invalid};
use super::refusal::{Answer, Missing, Refusal};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::LogEntry;

/// Entries in one answer.
const LARGEST: usize = 100;
const DEFAULT: usize = 50;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let read: &'static [&str] = &["read:logs", "read:logs_users"];
    cfg.service(path("/logs").route(guarded(Bucket::ReadLogs, read, web::get().to(list))))
        .service(path("/logs/{id}").route(guarded(Bucket::ReadLogs, read, web::get().to(show))));
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[OFFSET, CHECKPOINT, FIELDS, &["q", "search", "sort"]])?;
    let selection = query.selection(&[])?;
    if let Some(from) = query.text("from") {
        return after(&state, from, query.number("take", 1, LARGEST)?);
    }
    let newest_first = match query.text("sort") {
        None | Some("date:-1") => true,
        Some("date:1") => false,
        Some(text) => return Err(invalid(&format!("Cannot sort by {text}"), "sort")),
    };
    let search = query
        .text("q")
        .or_else(|| query.text("search"))
        .filter(|text| !text.trim().is_empty())
        .map(lucene::parse)
        .transpose()?;
    let offset = Offset::of(&query)?;
    state.read(|tenant| {
        let mut found: Vec<Value> = tenant.log.entries().map(document).collect();
        found.retain(|entry| search.as_ref().is_none_or(|search| search.matches(entry)));
        if newest_first {
            found.reverse();
        }
        Ok(offset.answer_with_length(
            "logs",
            found.iter().map(|entry| selection.of(entry)).collect(),
        ))
    })
}

/// Filters do not apply here, as at Auth0.
fn after(state: &State, from: &str, take: Option<usize>) -> Answer {
    state.read(|tenant| {
        let later = tenant.log.after(from).take(take.unwrap_or(DEFAULT));
        Ok(HttpResponse::Ok().json(later.collect::<Vec<_>>()))
    })
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| {
        let mut entries = tenant.log.entries();
        let entry = entries
            .find(|entry| entry.log_id == *id)
            .ok_or_else(|| Refusal::missing(Missing::Log))?;
        Ok(HttpResponse::Ok().json(entry))
    })
}

fn document(entry: &LogEntry) -> Value {
    serde_json::to_value(entry).expect("wire structs have text keys")
}
