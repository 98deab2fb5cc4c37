//! `/sandbox/event-stream`.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;

use crate::config::EventStreamTarget;
use crate::event_log::FeedError;
use crate::state::State;

/// Whatever is sent is done, in this order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// Where events are posted from now on.
    target: Option<EventStreamTarget>,
    status: Option<Status>,
    /// Sends again what has failed.
    #[serde(default)]
    redeliver: bool,
    /// Ends the open connections of the Events API.
    #[serde(default)]
    end_feeds: bool,
    /// Ends them with this error.
    end_feeds_with: Option<FeedError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Enabled,
    Disabled,
}

#[get("/sandbox/event-stream")]
pub(super) async fn show(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(state.read(|tenant| tenant.event_stream.show()))
}

#[post("/sandbox/event-stream")]
pub(super) async fn change(state: web::Data<State>, change: web::Json<Change>) -> HttpResponse {
    let change = change.into_inner();
    let now = state.clock().now();
    HttpResponse::Ok().json(state.write(|tenant| {
        if change.end_feeds || change.end_feeds_with.is_some() {
            tenant.event_log.end_feeds(change.end_feeds_with);
        }
        let stream = &mut tenant.event_stream;
        if change.target.is_some() {
            stream.follow(change.target);
        }
        match change.status {
            Some(Status::Enabled) => stream.enable(),
            Some(Status::Disabled) => stream.disable(),
            None => {}
        }
        if change.redeliver {
            stream.redeliver(now, |_| true);
        }
        stream.show()
    }))
}
