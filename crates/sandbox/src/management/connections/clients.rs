//! `/connections/{id}/clients`: which applications offer a connection.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{find, find_mut};
use crate::limits::Bucket;
use crate::management::call::guarded;
use crate::management::paging::{CHECKPOINT, Checkpoint, Direction, End, Position};
use crate::management::query::Query;
use crate::management::refusal::Answer;
use crate::management::schema::{Kind, Schema, TEXT};
use crate::management::{clients, path, payload};
use crate::state::State;

const SWITCHES: Kind = Kind::List(
    &Kind::Object(&Schema {
        required: &["client_id", "status"],
        properties: &[("client_id", TEXT), ("status", Kind::Boolean)],
        open: false,
    }),
    1,
    50,
);

#[derive(Deserialize)]
struct Switch {
    client_id: String,
    status: bool,
}

#[derive(Serialize)]
struct EnabledClientBody<'a> {
    client_id: &'a str,
}

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        path("/connections/{id}/clients")
            .route(guarded(
                Bucket::ReadConnections,
                &["read:connections"],
                web::get().to(list),
            ))
            .route(guarded(
                Bucket::Other,
                &["update:connections"],
                web::patch().to(switch),
            )),
    );
}

async fn list(state: web::Data<State>, id: web::Path<String>, query: Query) -> Answer {
    query.only(&[CHECKPOINT])?;
    let checkpoint = Checkpoint::or_first(&query, state.clock().now())?;
    state.read(|tenant| {
        let enabled = find(tenant, &id)?.enabled_clients.iter();
        let position = |id: &str| Position {
            key: String::new(),
            id: id.to_owned(),
        };
        let rows = enabled
            .map(|client_id| (position(client_id), EnabledClientBody { client_id }))
            .collect();
        Ok(checkpoint.answer("clients", rows, Direction::Ascending, End::Known))
    })
}

async fn switch(state: web::Data<State>, id: web::Path<String>, body: web::Bytes) -> Answer {
    let switches: Vec<Switch> = payload::parse_list(&body, &SWITCHES)?;
    state.write(|tenant| {
        find(tenant, &id)?;
        for switch in &switches {
            clients::find(tenant, &switch.client_id)?;
        }
        let enabled = &mut find_mut(tenant, &id)?.enabled_clients;
        for switch in switches {
            if switch.status {
                enabled.insert(switch.client_id);
            } else {
                enabled.remove(&switch.client_id);
            }
        }
        Ok(HttpResponse::NoContent().finish())
    })
}
