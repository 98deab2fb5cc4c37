//! `GET /events`: the tenant's events as server-sent events, resumable.

mod feed;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};

use super::call::guarded;
use super::path;
use super::query::{Query, invalid};
use super::refusal::{Answer, Refusal};
use crate::event_log::{BadOffset, EventLog};
use crate::limits::Bucket;
use crate::state::State;
use feed::Feed;

/// What can be subscribed to.
pub(crate) const TYPES: [&str; 22] = [
    "group.created",
    "group.deleted",
    "group.member.added",
    "group.member.deleted",
    "group.role.assigned",
    "group.role.deleted",
    "group.updated",
    "organization.connection.added",
    "organization.connection.removed",
    "organization.connection.updated",
    "organization.created",
    "organization.deleted",
    "organization.group.role.assigned",
    "organization.group.role.deleted",
    "organization.member.added",
    "organization.member.deleted",
    "organization.member.role.assigned",
    "organization.member.role.deleted",
    "organization.updated",
    "user.created",
    "user.deleted",
    "user.updated",
];

/// Characters of a time; RFC 3339 in whole seconds.
const LONGEST_TIME: usize = 20;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let scope: &'static [&str] = &["read:events"];
    cfg.service(path("/events").route(guarded(Bucket::Other, scope, web::get().to(subscribe))));
}

async fn subscribe(state: web::Data<State>, http: HttpRequest, query: Query) -> Answer {
    query.only(&[&["from", "from_timestamp", "event_type"]])?;
    let types: Vec<String> = query.all("event_type").map(str::to_owned).collect();
    if let Some(unknown) = types.iter().find(|kind| !TYPES.contains(&kind.as_str())) {
        return Err(invalid(
            &format!("No enum match for: {unknown}"),
            "event_type",
        ));
    }
    // The header is how a browser's own client resumes.
    let header = http.headers().get("last-event-id");
    let header = header.and_then(|value| value.to_str().ok());
    let place = place(
        &state,
        header.or(query.text("from")),
        query.text("from_timestamp"),
    )?;
    let seat = state.event_feeds().take(state.config().limits);
    let seat = seat.ok_or_else(Refusal::too_many_requests)?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("cache-control", "no-cache"))
        .streaming(Feed::new(state.get_ref().clone(), types, place, seat).messages()))
}

fn place(state: &State, from: Option<&str>, at: Option<&str>) -> Result<u64, Refusal> {
    let now = state.clock().now();
    state.read(|tenant| match (from, at) {
        (Some(_), Some(_)) => Err(Refusal::query(
            "Query validation error: 'from and from_timestamp exclude each other'.",
        )),
        (Some(offset), None) => tenant
            .event_log
            .place(offset, now)
            .map_err(|bad| match bad {
                BadOffset::Invalid => invalid("Invalid offset", "from"),
                BadOffset::Expired => Refusal::gone("The offset has expired."),
            }),
        (None, Some(time)) => Ok(tenant.event_log.place_at(parsed(time)?)),
        (None, None) => Ok(tenant.event_log.end()),
    })
}

fn parsed(time: &str) -> Result<DateTime<Utc>, Refusal> {
    let parsed = DateTime::parse_from_rfc3339(time).ok();
    parsed
        .filter(|_| time.len() <= LONGEST_TIME)
        .map(|time| time.to_utc())
        .ok_or_else(|| {
            let says = format!("Object didn't pass validation for format date-time: {time}");
            invalid(&says, "from_timestamp")
        })
}

fn offset(place: u64) -> String {
    EventLog::offset(place)
}
