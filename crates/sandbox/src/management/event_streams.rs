//! `/event-streams`: streams as API objects, their failed deliveries and new attempts at them.

mod body;
mod deliveries;

use actix_web::{HttpResponse, web};

use super::call::guarded;
use super::paging::{CHECKPOINT, Checkpoint, Direction, End, Position};
use super::query::Query;
use super::refusal::{Answer, Missing, Refusal};
use super::{path, payload};
use crate::event_stream::{self, EventStream};
use crate::limits::Bucket;
use crate::state::State;
use crate::tenant::Tenant;
use body::{Change, New, Test};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let guard = |scope, route| guarded(Bucket::Other, scope, route);
    cfg.service(
        path("/event-streams")
            .route(guard(&["read:event_streams"], web::get().to(list)))
            .route(guard(&["create:event_streams"], web::post().to(create))),
    )
    .service(
        path("/event-streams/{id}")
            .route(guard(&["read:event_streams"], web::get().to(show)))
            .route(guard(&["update:event_streams"], web::patch().to(change)))
            .route(guard(&["delete:event_streams"], web::delete().to(remove))),
    )
    .service(
        path("/event-streams/{id}/test")
            .route(guard(&["update:event_streams"], web::post().to(test))),
    )
    .configure(deliveries::routes);
}

async fn list(state: web::Data<State>, query: Query) -> Answer {
    query.only(&[CHECKPOINT])?;
    let checkpoint = Checkpoint::or_first(&query, state.clock().now())?;
    state.read(|tenant| {
        let mut rows: Vec<_> = tenant
            .streams()
            .map(|stream| (position(stream), stream.body()))
            .collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(checkpoint.answer("eventStreams", rows, Direction::Ascending, End::Known))
    })
}

/// The oldest first.
fn position(stream: &EventStream) -> Position {
    Position {
        key: stream.made_at(),
        id: stream.id().to_owned(),
    }
}

async fn create(state: web::Data<State>, body: web::Bytes) -> Answer {
    let new: New = payload::parse(&body, &body::NEW)?;
    let now = state.clock().now();
    let mut stream = EventStream::new(new.name, body::types(new.subscriptions)?, now);
    new.destination.lead(&mut stream, &state)?;
    if new.status.as_deref() == Some("disabled") {
        stream.disable();
    }
    state.write(|tenant| {
        let body = stream.body();
        tenant.event_streams.insert(stream.id().to_owned(), stream);
        Ok(HttpResponse::Created().json(body))
    })
}

async fn show(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.read(|tenant| Ok(HttpResponse::Ok().json(find(tenant, &id)?.body())))
}

async fn change(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let change: Change = payload::parse(&body, &body::CHANGE)?;
    let now = state.clock().now();
    state.write(|tenant| {
        let stream = find_mut(tenant, &id)?;
        if let Some(destination) = change.destination {
            destination.lead(stream, &state)?;
        }
        if let Some(subscriptions) = change.subscriptions {
            stream.subscribe(body::types(Some(subscriptions))?);
        }
        if let Some(name) = change.name {
            stream.rename(name);
        }
        match change.status.as_deref() {
            Some("enabled") => stream.enable(),
            Some(_) => stream.disable(),
            None => {}
        }
        stream.touch(now);
        Ok(HttpResponse::Ok().json(stream.body()))
    })
}

/// The second time is as good as the first.
async fn remove(state: web::Data<State>, id: web::Path<String>) -> Answer {
    state.write(|tenant| {
        tenant.event_streams.remove(&*id);
        if tenant.event_stream.id() == *id {
            tenant.event_stream = EventStream::default();
        }
    });
    Ok(HttpResponse::NoContent().finish())
}

/// Sample data, whatever the stream is subscribed to.
async fn test(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let test: Test = payload::parse(&body, &body::TEST)?;
    let now = state.clock().now();
    state.write(|tenant| {
        let stream = find_mut(tenant, &id)?;
        let object = serde_json::Value::Object(test.data.unwrap_or_default());
        let mut event = event_stream::envelope(&test.event_type, &object, now);
        event["a0purpose"] = "test".into();
        stream.send(event.clone(), now);
        event["a0stream"] = stream.id().into();
        Ok(HttpResponse::Accepted().json(serde_json::json!({
            "id": event["id"],
            "event_stream_id": stream.id(),
            "event_type": test.event_type,
            "status": "pending",
            "attempts": [],
            "event": event,
        })))
    })
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Result<&'a EventStream, Refusal> {
    let mut streams = tenant.streams();
    let found = streams.find(|stream| stream.id() == id);
    found.ok_or_else(|| Refusal::missing(Missing::EventStream))
}

fn find_mut<'a>(tenant: &'a mut Tenant, id: &str) -> Result<&'a mut EventStream, Refusal> {
    let mut streams = tenant.streams_mut();
    let found = streams.find(|stream| stream.id() == id);
    found.ok_or_else(|| Refusal::missing(Missing::EventStream))
}
