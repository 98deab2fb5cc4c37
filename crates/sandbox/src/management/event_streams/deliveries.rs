//! `/event-streams/{id}/deliveries` and `/redeliver`: only what has failed is kept.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{find, find_mut};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::events::TYPES;
use crate::management::paging::CHECKPOINT;
use crate::management::query::{Query, invalid};
use crate::management::refusal::{Answer, Missing, Refusal};
use crate::management::schema::{Kind, Schema};
use crate::management::{path, payload};
use crate::state::State;

const TIME: Kind = Kind::Format("date-time", is_time);
const FILTER: Schema = Schema {
    required: &[],
    properties: &[
        ("date_from", TIME),
        ("date_to", TIME),
        ("statuses", Kind::List(&Kind::OneOf(&["failed"]), 0, 1)),
        (
            "event_types",
            Kind::List(&Kind::OneOf(&TYPES), 0, TYPES.len()),
        ),
    ],
    open: false,
};

/// Deliveries in one answer.
const DEFAULT: usize = 50;

#[derive(Default, Deserialize)]
struct Filter {
    date_from: Option<DateTime<Utc>>,
    date_to: Option<DateTime<Utc>>,
    #[serde(default)]
    event_types: Vec<String>,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    let update: &'static [&str] = &["update:event_deliveries"];
    let read: &'static [&str] = &["read:event_deliveries"];
    let list_scopes: &'static [&str] = &["read:event_streams", "read:event_deliveries"];
    cfg.service(
        path("/event-streams/{id}/deliveries").route(guard(list_scopes, web::get().to(list))),
    )
    .service(
        path("/event-streams/{id}/deliveries/{event_id}").route(guard(read, web::get().to(show))),
    )
    .service(path("/event-streams/{id}/redeliver").route(guard(update, web::post().to(redeliver))))
    .service(
        path("/event-streams/{id}/redeliver/{event_id}")
            .route(guard(update, web::post().to(redeliver_one))),
    );
}

async fn list(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[
        CHECKPOINT,
        &["statuses", "event_types", "date_from", "date_to"],
    ])?;
    let take = query.number("take", 1, 100)?.unwrap_or(DEFAULT);
    let time = |name| match query.text(name) {
        Some(text) if !is_time(text) => Err(invalid(
            "Object didn't pass validation for format date-time",
            name,
        )),
        text => Ok(text.and_then(|text| text.parse().ok())),
    };
    let types = query.text("event_types").into_iter();
    let filter = Filter {
        date_from: time("date_from")?,
        date_to: time("date_to")?,
        event_types: types
            .flat_map(|types| types.split(','))
            .map(str::to_owned)
            .collect(),
    };
    state.read(|tenant| {
        let failed = find(tenant, &id)?.failed_deliveries();
        let fitting = failed.filter(|delivery| filter.fits(&delivery["event"]));
        // Pages go on after the last event of the page before.
        let rest: Vec<Value> = match query.text("from") {
            None => fitting.take(take).collect(),
            Some(from) => fitting
                .skip_while(|delivery| delivery["id"] != from)
                .skip(1)
                .take(take)
                .collect(),
        };
        Ok(HttpResponse::Ok().json(rest))
    })
}

async fn show(state: web::Data<State>, ids: web::Path<(String, String)>) -> Answer {
    let (id, event_id) = ids.into_inner();
    state.read(|tenant| {
        let mut failed = find(tenant, &id)?.failed_deliveries();
        let found = failed.find(|delivery| delivery["id"] == event_id.as_str());
        let found = found.ok_or_else(|| Refusal::missing(Missing::EventDelivery))?;
        Ok(HttpResponse::Ok().json(found))
    })
}

async fn redeliver(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let filter: Filter = payload::parse(&body, &FILTER)?;
    let asked: Value = serde_json::from_slice(&body).unwrap_or_else(|_| json!({}));
    let now = state.clock().now();
    state.write(|tenant| {
        find_mut(tenant, &id)?.redeliver(now, |event| filter.fits(event));
        tenant.event_log.wake();
        Ok(HttpResponse::Accepted().json(asked))
    })
}

async fn redeliver_one(state: web::Data<State>, ids: web::Path<(String, String)>) -> Answer {
    let (id, event_id) = ids.into_inner();
    let now = state.clock().now();
    state.write(|tenant| {
        let again = find_mut(tenant, &id)?.redeliver(now, |event| event["id"] == event_id.as_str());
        tenant.event_log.wake();
        if again == 0 {
            return Err(Refusal::missing(Missing::EventDelivery));
        }
        Ok(HttpResponse::Accepted().finish())
    })
}

impl Filter {
    fn fits(&self, event: &Value) -> bool {
        let at: Option<DateTime<Utc>> = event["time"].as_str().and_then(|time| time.parse().ok());
        let kind = event["type"].as_str().unwrap_or_default();
        self.date_from
            .is_none_or(|from| at.is_some_and(|at| at >= from))
            && self.date_to.is_none_or(|to| at.is_some_and(|at| at <= to))
            && (self.event_types.is_empty() || self.event_types.iter().any(|wanted| wanted == kind))
    }
}

fn is_time(text: &str) -> bool {
    text.len() <= 20 && text.parse::<DateTime<Utc>>().is_ok()
}
